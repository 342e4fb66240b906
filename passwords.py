"""Passwords: the one place that hashes and checks them, for the sign-in page and the commands alike.

Beside config.py and below every door, as doors never import one another and models/ knows no argon2. Each
call takes some 30 milliseconds of a core and 19 MiB: a web process makes it off its event loop.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200  # what is longer only keeps the machine busy

# Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class UnfitPassword(ValueError):
    """Too short or too long; says so in one line."""


def hash_password(password: str) -> str:
    """What to keep instead of the password. Raises UnfitPassword."""
    if len(password) < SHORTEST_PASSWORD:
        raise UnfitPassword(f"The password is too short: give at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise UnfitPassword(f"The password is too long: give at most {LONGEST_PASSWORD} characters.")
    return _HASHER.hash(_as_typed_anywhere(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one that was hashed; without a hash it takes as long, and is not.

    So the time of the answer does not tell whether an account is there.
    """
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        right = _HASHER.verify(password_hash or _NOBODYS_HASH, _as_typed_anywhere(password))
    except (Argon2Error, InvalidHashError):
        return False
    return right and bool(password_hash)


def _as_typed_anywhere(password: str) -> str:
    """Two keyboards may write the same é as one character or as two."""
    return unicodedata.normalize("NFKC", password)


_NOBODYS_HASH = _HASHER.hash("nobody's password")

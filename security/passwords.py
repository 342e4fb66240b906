"""Hashes and checks passwords, for the sign-in page and the commands; nothing else does.

Each call takes about 30 ms of a core and 19 MiB, so a web process calls it outside its event loop.
"""

import contextlib
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200  # hashing longer ones would only waste CPU time

# Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Made by _HASHER, of a password nobody has; written down, as every start of every process would make it anew.
_DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$9uThbt5m8gVo1KRa0r9iNw$6Q28YbZXGeyuhitRfMNsEyw/RCeqX3+4ki+pNOby6dA"
)


class InvalidPassword(ValueError):
    """Too short or too long; says so in one line."""


def hash_password(password: str) -> str:
    """The hash to store instead of the password. Raises InvalidPassword."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidPassword(f"The password is too short: give at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise InvalidPassword(f"The password is too long: give at most {LONGEST_PASSWORD} characters.")
    return _HASHER.hash(_normalized(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the password matches the hash; without a hash, or with one of no password, False as slowly.

    So the response time does not reveal whether an account exists.
    """
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _HASHER.verify(password_hash or "", _normalized(password))
    except InvalidHashError:
        with contextlib.suppress(Argon2Error):
            _HASHER.verify(_DUMMY_HASH, _normalized(password))
        return False
    except Argon2Error:
        return False


def _normalized(password: str) -> str:
    """Unicode NFKC: keyboards may enter the same é as one character or as two."""
    return unicodedata.normalize("NFKC", password)

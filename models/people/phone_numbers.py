"""Phone numbers: E.164, masked for people, and in the database only as ciphertext and keyed hash.

Encrypted by phone_ciphers.py, which knows the library for that. The keys are set once per process by
`use_keys`. Nothing here logs or stores anything.
"""

import hmac
import re
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from models.storage.hashes import use_hash_key

if TYPE_CHECKING:
    from models.people.phone_ciphers import PhoneCipher

CIPHER = "models.people.phone_ciphers"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneKeys:
    """The first of `keys` encrypts, all decrypt. `hash_key` is separate, so that `keys` can be rotated."""

    def __init__(self, keys: Sequence[str], hash_key: str) -> None:
        self._encrypting = keys
        self.hash_key = hash_key
        self._hash_key = hash_key.encode()

    @cached_property
    def _cipher(self) -> "PhoneCipher":
        cipher: PhoneCipher = import_module(CIPHER).PhoneCipher(self._encrypting)
        return cipher

    def is_newest(self, ciphertext: bytes) -> bool:
        """Whether it was encrypted with the first key."""
        return self._cipher.is_newest(ciphertext)

    def encrypt(self, phone: str) -> bytes:
        return self._cipher.encrypt(phone)

    def decrypt(self, ciphertext: bytes) -> str | None:
        """The number, or None if none of our keys decrypts it."""
        return self._cipher.decrypt(ciphertext)

    def hash(self, phone: str) -> str:
        return hmac.digest(self._hash_key, phone.encode(), "sha256").hex()


_keys: PhoneKeys | None = None


def use_keys(keys: PhoneKeys) -> None:
    global _keys
    _keys = keys
    use_hash_key(keys.hash_key)


def phone_keys() -> PhoneKeys:
    if _keys is None:
        raise RuntimeError("models.people.phone_numbers.use_keys(keys) was not called")
    return _keys


def is_e164(text: str) -> bool:
    """Whether this can be a phone number; a carrier may also send a short code or an alphanumeric sender."""
    return E164.fullmatch(text) is not None


def masked(phone: str | None) -> str:
    """A number as pages and logs show it: its last two digits."""
    return "no phone" if not phone else f"…{phone[-2:]}"

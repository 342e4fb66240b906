"""Phone numbers: E.164, masked for people, and in the database only as ciphertext and keyed hash.

With typed_phones.py and phone_countries.py the only files of the domain that use other libraries than
SQLAlchemy.
The keys are set once per process by `use_keys`. Nothing here logs or stores anything.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.storage.keyed_hash import use_hash_key

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneKeys:
    """The first of `keys` encrypts, all decrypt. `hash_key` is separate, so that `keys` can be rotated."""

    def __init__(self, keys: Sequence[str], hash_key: str) -> None:
        self._first = Fernet(_fernet_key(keys[0]))
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])
        self.hash_key = hash_key
        self._hash_key = hash_key.encode()

    def is_newest(self, ciphertext: bytes) -> bool:
        """Whether it was encrypted with the first key."""
        try:
            self._first.decrypt(ciphertext)
        except InvalidToken:
            return False
        return True

    def encrypt(self, phone: str) -> bytes:
        return self._fernet.encrypt(phone.encode())

    def decrypt(self, ciphertext: bytes) -> str | None:
        """The number, or None if none of our keys decrypts it."""
        try:
            return self._fernet.decrypt(ciphertext).decode()
        except InvalidToken:
            return None

    def hash(self, phone: str) -> str:
        return hmac.digest(self._hash_key, phone.encode(), "sha256").hex()


def _fernet_key(text: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"take-a-number phone key:" + text.encode()).digest())


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

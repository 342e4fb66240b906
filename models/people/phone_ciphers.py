"""Encryption of phone numbers.

Imported only when the first number is encrypted or decrypted: the library takes longer than many commands.
"""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class PhoneCipher:
    """The first of `keys` encrypts, all decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._first = Fernet(_fernet_key(keys[0]))
        self._all = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def is_newest(self, ciphertext: bytes) -> bool:
        """Whether it was encrypted with the first key."""
        try:
            self._first.decrypt(ciphertext)
        except InvalidToken:
            return False
        return True

    def encrypt(self, phone: str) -> bytes:
        return self._all.encrypt(phone.encode())

    def decrypt(self, ciphertext: bytes) -> str | None:
        """The number, or None if none of our keys decrypts it."""
        try:
            return self._all.decrypt(ciphertext).decode()
        except InvalidToken:
            return None


def _fernet_key(text: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"take-a-number phone key:" + text.encode()).digest())

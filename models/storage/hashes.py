"""Hashes, to find a row without storing what it is about, or the key that opens it."""

import hashlib
import hmac

_key: bytes | None = None


def use_hash_key(key: str) -> None:
    """For this process."""
    global _key
    _key = key.encode()


def keyed_hash(text: str) -> str:
    """64 hexadecimal digits (HMAC-SHA256). For what could be guessed, such as a phone."""
    if _key is None:
        raise RuntimeError("models.storage.hashes.use_hash_key(key) was not called")
    return hmac.digest(_key, text.encode(), "sha256").hex()


def hash_of_random(key: str) -> str:
    """64 hexadecimal digits (SHA-256). For a long random key that was given out, which nobody can guess."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()

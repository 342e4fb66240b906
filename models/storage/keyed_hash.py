"""A keyed hash (HMAC-SHA256), to find a row without storing what it is about. One key per process."""

import hmac

_key: bytes | None = None


def use_hash_key(key: str) -> None:
    global _key
    _key = key.encode()


def keyed_hash(text: str) -> str:
    """64 hexadecimal digits."""
    if _key is None:
        raise RuntimeError("models.storage.keyed_hash.use_hash_key(key) was not called")
    return hmac.digest(_key, text.encode(), "sha256").hex()

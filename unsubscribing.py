"""The signed key with which a mail's reader stops that kind of mail: made by whoever mails, read by the page.

It stays good for as long as the secret key does: mails are kept for years. Beside signing.py, as doors never
import one another; it knows no database.
"""

from itsdangerous import BadSignature, URLSafeSerializer

PURPOSE = "stop a summary"


def key_to_stop(secret_key: str, servicer_id: int, period: str) -> str:
    return _serializer(secret_key).dumps([servicer_id, period])


def whose_key(secret_key: str, key: str) -> tuple[int, str] | None:
    """The servicer and the kind of summary; None for a key that we did not make."""
    try:
        servicer_id, period = _serializer(secret_key).loads(key)
    except (BadSignature, TypeError, ValueError):
        return None
    return servicer_id, period


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=PURPOSE)

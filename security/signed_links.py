"""The signed key in a summary mail's unsubscribe link: made when the mail is sent, checked by the page.

It stays valid as long as the secret key, since people keep mails for years. Needs no database.
"""

from itsdangerous import BadSignature, URLSafeSerializer

PURPOSE = "stop a summary"


def make_unsubscribe_key(secret_key: str, servicer_id: int, period: str) -> str:
    return _serializer(secret_key).dumps([servicer_id, period])


def read_unsubscribe_key(secret_key: str, key: str) -> tuple[int, str] | None:
    """The servicer and the kind of summary; None for an invalid key."""
    try:
        servicer_id, period = _serializer(secret_key).loads(key)
    except (BadSignature, TypeError, ValueError):
        return None
    return servicer_id, period


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=PURPOSE)

"""Texts, calls and replies as the fake carrier keeps them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Message:
    sid: str
    direction: str  # inbound, outbound-api, outbound-reply
    sender: str | None
    to: str
    body: str
    status: str
    created_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    service_sid: str | None = None
    status_callback: str | None = None
    validity_seconds: int | None = None
    on_screen: bool = False
    answered: bool = False
    reports: list[tuple[str, int | None]] = field(default_factory=list)
    """For each report: the status, and our HTTP answer, None if we could not be reached."""


@dataclass
class OurNumber:
    sid: str
    phone: str
    sms_url: str
    sms_method: str = "POST"
    sms_application_sid: str = ""


@dataclass(frozen=True)
class Call:
    """One request to create a text: when (seconds of the monotonic clock), what, and its fault."""

    at: float
    to: str
    body: str
    fault: str | None


@dataclass(frozen=True)
class Reply:
    """The answer to a customer's text: HTTP status (None: we could not be reached) and texts."""

    sid: str
    status: int | None
    texts: list[str]
    content: str = ""


def utc_now() -> datetime:
    return datetime.now(UTC)

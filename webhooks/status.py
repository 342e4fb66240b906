"""The webhook for delivery reports, which may be out of order, repeated, or about texts we don't know.

A text's state never goes back. Reports are about texts of the outbox (`m`, our reference) or TwiML replies
(`reply`, the sid of the text that was answered).
"""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session

from models.delivery.delivery_reports import READ, STATES, Report, ReportResult, apply_report
from models.delivery.failures import notify_pages
from models.delivery.reply_delivery import apply_reply_report
from models.storage.database import transaction
from models.storage.request_id import current_request_id
from models.texts.text_states import UNCONFIRMED
from webhooks.posts import Answer, Post

LONGEST_SID = 64
LONGEST_REFERENCE = 32

log = structlog.get_logger(__name__)


def receive_report(post: Post) -> Answer:
    """`POST /webhooks/status?m=<our reference>` or `?reply=<sid>`: always 204."""
    reference = post.args.get("m", "")[:LONGEST_REFERENCE]
    reply_to = post.args.get("reply", "")[:LONGEST_SID]
    status = post.form.get("MessageStatus", "").lower()
    state = STATES.get(status)
    if state is None:
        return Answer(status=204)
    code = post.form.get("ErrorCode", "")
    report = Report(
        state=state,
        carrier_sid=post.form.get("MessageSid", "")[:LONGEST_SID] or None,
        error_code=int(code) if code.isascii() and code.isdigit() and len(code) < 7 else None,
        is_read=status == READ,
    )
    try:
        if reference:
            _record("report", report, lambda s, now: apply_report(s, reference, report, now))
        elif reply_to:
            _record("reply", report, lambda s, now: apply_reply_report(s, reply_to, report, now))
    except Exception:
        log.exception("report failed", reference=reference, reply=reply_to)
    return Answer(status=204)


def _record(about: str, report: Report, work: Callable[[Session, datetime], ReportResult | None]) -> None:
    now = datetime.now(UTC)
    found = transaction(lambda session: work(session, now)) or ReportResult(None, None, set())
    write = log.debug if report.state in UNCONFIRMED else log.info  # another follows, or is asked for
    write(
        about,
        message=found.message_id,
        state=report.state.value,
        **({"error_code": report.error_code} if report.error_code else {}),
        **_request_fields(found.request_id),
    )
    if found.news:
        transaction(lambda session: notify_pages(session, found.news))


def _request_fields(request_id: str | None) -> dict[str, str | None]:
    """The request that caused the text, so that its lines are found together, and the one of this report."""
    return {"request": request_id, "callback": current_request_id()} if request_id else {}

"""Customers' texts in the carrier's list and at the webhook, and the answers to them."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handle_texts import handle_text
from bot.incoming import IncomingText
from models.delivery.delivery_reports import Report, ReportResult
from models.delivery.reply_delivery import apply_reply_report
from models.people.business import OurNumber
from models.storage.database import reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.text_states import TextState
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier
from tests.world import ANA, SHOP_PHONE

SETTLE = 45.0
A_MINUTE = timedelta(minutes=1)


def customer_texts(
    carrier: ScriptedCarrier, body: str, day: Day, *, phone: str = ANA, ago: float = 60, sid: str = "SMin1"
) -> IncomingText:
    """A text that is in the carrier's list but never reached the webhook."""
    at = day.now - timedelta(seconds=ago)
    carrier.has(SHOP_PHONE, body, at, sid=sid, direction="inbound", sender=phone, status="received")
    with reading() as session:
        number = session.scalars(select(OurNumber)).first()
    assert number is not None
    return IncomingText(sid, number.id, phone, body)


def at_webhook(text: IncomingText, now: object) -> str | None:
    def work(session: Session) -> str | None:
        settle_after = timedelta(seconds=SETTLE)
        return handle_text(session, text, now=now, public_url=PUBLIC_URL, settle_after=settle_after).reply  # type: ignore[arg-type]

    return transaction(work)


def inbound() -> list[InboundMessage]:
    with reading() as session:
        return list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


def report_on(
    text: IncomingText, state: TextState, now: object, code: int | None = None
) -> ReportResult | None:
    said = Report(state, "SMreply", code)
    return transaction(lambda s: apply_reply_report(s, text.sid, said, now))  # type: ignore[arg-type]

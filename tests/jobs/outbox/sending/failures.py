"""Carriers that always fail, and what a number and a text's report come to."""

from sqlalchemy import select

from jobs.outbox.carrier import Outcome, Rejected
from models.delivery.delivery_reports import Report, apply_report
from models.people.business import OurNumber
from models.storage.database import reading, transaction
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.scripted import Day, ScriptedCarrier

AUTH = Rejected(20003, RejectionKind.OUR_CONFIGURATION, "Authenticate")


def number() -> OurNumber:
    with reading() as session:
        return session.scalars(select(OurNumber).order_by(OurNumber.id)).first()  # type: ignore[return-value]


def always(*outcomes: Outcome) -> ScriptedCarrier:
    """A carrier that always gives this answer until its script is removed."""
    return ScriptedCarrier(*(outcome for _ in range(2000) for outcome in outcomes))


def mend(carrier: ScriptedCarrier) -> None:
    carrier._script.clear()


def report(text: OutboundMessage, state: TextState, day: Day, code: int | None = None) -> None:
    said = Report(state, text.carrier_sid, code)
    transaction(lambda session: apply_report(session, text.reference, said, day.now))

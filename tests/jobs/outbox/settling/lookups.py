"""Looking up texts of unknown outcome, and reports that come meanwhile."""

from datetime import timedelta

from jobs.outbox.reconcile import LEASE as LOOKUP_LEASE, UnknownTexts
from models.delivery.delivery_reports import Report, apply_report
from models.delivery.settlement import Lookup, Recipient, begin_lookup, finish_lookup
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.scripted import Day

SETTLE = 45.0


def look(clock: UnknownTexts, day: Day, seconds: float) -> None:
    day.pass_(seconds)
    clock.run(day.now)


def begin(who: Recipient, day: Day) -> Lookup:
    lookup = transaction(lambda s: begin_lookup(s, who, day.now, LOOKUP_LEASE))
    assert lookup is not None
    return lookup


def finish(lookup: Lookup, day: Day) -> None:
    transaction(lambda s: finish_lookup(s, lookup, [], day.now, look_again_after=timedelta(0)))


def report(text: OutboundMessage, state: TextState, day: Day, sid: str = "SM1") -> None:
    said = Report(state, sid, None)
    transaction(lambda session: apply_report(session, text.reference, said, day.now))

"""Asks the carrier for texts that it took and that no report has come of: the report may have been lost.

One call for each text, by its sid. No transaction is open while the carrier is asked.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from jobs.outbox.carrier import Carrier, CarrierMessage, Unknown
from jobs.outbox.concurrent_calls import ConcurrentCalls
from jobs.outbox.page_news import tell_pages
from jobs.outbox.reconcile import LEASE, WAIT_SECONDS
from jobs.utc_now import utc_now
from models.delivery.delivery_reports import READ, STATES, Report
from models.delivery.unreported import (
    Look,
    begin_look,
    drop_looks,
    finish_look,
    put_off_look,
    too_old,
    unreported_due,
)
from models.people.phone_numbers import masked
from models.storage.database import reading, transaction
from models.texts.text_states import TextState

log = structlog.get_logger(__name__)

ASKED_AT_ONCE = 4


class UnreportedTexts:
    """What the carrier says of a text has the same consequences as its report would have had."""

    def __init__(
        self, carrier: Carrier, *, settle_seconds: float, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._carrier = carrier
        self._settle_after = timedelta(seconds=settle_seconds)
        self._now = now
        self._looks = ConcurrentCalls("unreported texts", ASKED_AT_ONCE)

    def run(self, now: datetime) -> None:
        with reading() as session:
            due, old = unreported_due(session, now), too_old(session, now)
        if old:
            transaction(lambda session: drop_looks(session, old))
        self._looks.each(due, self._look, wait_seconds=WAIT_SECONDS)

    def _look(self, message_id: int) -> None:
        look = transaction(lambda session: begin_look(session, message_id, self._now(), LEASE))
        if look is None:
            return
        answer = self._carrier.message(look.carrier_sid)
        if isinstance(answer, Unknown):
            transaction(lambda session: put_off_look(session, look, self._now()))
            _log(look, outcome="no answer", reason=answer.reason)
            return
        self._finish(look, as_report(answer))

    def _finish(self, look: Look, report: Report) -> None:
        changed = transaction(
            lambda session: finish_look(session, look, report, self._now(), settle_after=self._settle_after)
        )
        _log(look, outcome=report.state.value, code=report.error_code)
        if changed is not None:
            tell_pages(changed.news)


def as_report(one: CarrierMessage) -> Report:
    """Without its sid, which the text has already."""
    status = one.status.lower()
    state = STATES.get(status, TextState.ACCEPTED)
    return Report(state, None, one.error_code, is_read=status == READ)


def _log(look: Look, **answer: object) -> None:
    log.info(
        "unreported text",
        kind=look.kind.value,
        ticket=look.ticket_id,
        message=look.message_id,
        to=masked(look.phone),
        request=look.request_id,
        **answer,
    )

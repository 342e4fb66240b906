"""Asks the carrier what became of texts nobody has told us about: those of unknown outcome, and answers
given in TwiML that no report came for. No transaction is open while the carrier is asked.
"""

import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from jobs.at_once import AtOnce
from jobs.carrier import Carrier, CarrierFailed, CarrierMessage
from models.database import reading, transaction
from models.delivery import STATES
from models.failing import tell_pages
from models.message import TextState
from models.phone import masked
from models.replies import (
    ReplyLookup,
    a_reply_that_arrived,
    begin_reply_lookup,
    drop_old_replies,
    finish_reply_lookup,
    put_off_reply_lookup,
    replies_due,
)
from models.settling import (
    SKEW,
    Listed,
    Lookup,
    Recipient,
    begin_lookup,
    finish_lookup,
    put_off_lookup,
    unknown_due,
)

log = structlog.get_logger(__name__)

# Then another clock may ask, as this one may have died; if it has not, what it finds absent does not count.
LEASE = timedelta(seconds=8)
LISTINGS_AT_ONCE = 4
WAIT_SECONDS = 5.0
# How soon a text that was absent is looked for again; no list is promised to be up to date.
SECOND_LOOK_OF_SETTLING = 1 / 3
TRIED_AGAIN_AFTER = timedelta(seconds=10)
API, REPLY = "outbound-api", "outbound-reply"


def moment() -> datetime:
    return datetime.now(UTC)


class UnknownTexts:
    """Texts of unknown outcome: found and bound, or proven absent and then sent again if still true."""

    def __init__(
        self, carrier: Carrier, *, settle_seconds: float, now: Callable[[], datetime] = moment
    ) -> None:
        self._carrier = carrier
        self._look_again_after = timedelta(seconds=settle_seconds * SECOND_LOOK_OF_SETTLING)
        self._now = now
        self._lookups = AtOnce("unknown texts", LISTINGS_AT_ONCE)

    def sweep(self, now: datetime) -> None:
        with reading() as session:
            recipients = unknown_due(session, now)
        self._lookups.each(recipients, self._settle, wait_seconds=WAIT_SECONDS)

    def _settle(self, recipient: Recipient) -> None:
        lookup = transaction(lambda session: begin_lookup(session, recipient, self._now(), LEASE))
        if lookup is None:
            return
        try:
            listed = as_listed(self._carrier.messages_to(lookup.phone, lookup.since), API)
        except CarrierFailed as failure:
            log.info("carrier not asked", to=masked(lookup.phone), reason=str(failure))
            transaction(lambda session: put_off_lookup(session, lookup, self._now()))
            return
        _tell_pages(self._finish(lookup, listed))

    def _finish(self, lookup: Lookup, listed: list[Listed]) -> set[int]:
        settled, news = transaction(
            lambda session: finish_lookup(
                session, lookup, listed, self._now(), look_again_after=self._look_again_after
            )
        )
        for text in settled:
            log.info(
                "text settled",
                found=not text.absent,
                state=text.state.value,
                kind=text.kind,
                ticket=text.ticket_id,
                message=text.message_id,
                to=masked(lookup.phone),
                request=text.request_id,
            )
        return news


class LostReplies:
    """Answers in TwiML of which no report came: looked for, and given by the outbox if they were lost.

    Only where the carrier is known to list such answers: else having none in its list would prove nothing.
    """

    def __init__(
        self, carrier: Carrier, *, settle_seconds: float, now: Callable[[], datetime] = moment
    ) -> None:
        self._carrier = carrier
        self._look_again_after = timedelta(seconds=settle_seconds * SECOND_LOOK_OF_SETTLING)
        self._now = now
        self._lists_replies = False
        self._tried_at: datetime | None = None
        self._lookups = AtOnce("lost replies", LISTINGS_AT_ONCE)

    def sweep(self, now: datetime) -> None:
        transaction(lambda session: drop_old_replies(session, now))
        with reading() as session:
            due = replies_due(session, now)
        if due and self._is_known_to_list_them(now):
            self._lookups.each(due, self._settle, wait_seconds=WAIT_SECONDS)

    def _settle(self, inbound_id: int) -> None:
        lookup = transaction(lambda session: begin_reply_lookup(session, inbound_id, self._now(), LEASE))
        if lookup is None:
            return
        try:
            listed = as_listed(self._carrier.messages_to(lookup.phone, lookup.since), REPLY)
        except CarrierFailed as failure:
            log.info("carrier not asked", to=masked(lookup.phone), reason=str(failure))
            transaction(lambda session: put_off_reply_lookup(session, lookup, self._now()))
            return
        self._finish(lookup, listed)

    def _finish(self, lookup: ReplyLookup, listed: list[Listed]) -> None:
        def work(session: Session) -> tuple[TextState | None, set[int]]:
            return finish_reply_lookup(
                session,
                lookup,
                listed,
                self._now(),
                look_again_after=self._look_again_after,
            )

        state, news = transaction(work)
        if state is not None:
            log.info(
                "reply settled",
                state=state.value,
                message=lookup.inbound_id,
                to=masked(lookup.phone),
                request=lookup.request_id,
            )
        _tell_pages(news)

    def _is_known_to_list_them(self, now: datetime) -> bool:
        """One that the carrier has reported on must be in its list."""
        if self._lists_replies or (self._tried_at and now - self._tried_at < TRIED_AGAIN_AFTER):
            return self._lists_replies
        with reading() as session:
            arrived = a_reply_that_arrived(session)
        if arrived is not None:
            phone, words, at = arrived
            self._tried_at = now
            with contextlib.suppress(CarrierFailed):
                listed = as_listed(self._carrier.messages_to(phone, at - SKEW), REPLY)
                self._lists_replies = any(one.body.strip() == words.strip() for one in listed)
        return self._lists_replies


def as_listed(messages: Iterable[CarrierMessage], direction: str) -> list[Listed]:
    return [
        Listed(
            carrier_sid=one.carrier_sid,
            sender=one.sender,
            body=one.body,
            state=STATES.get(one.status.lower(), TextState.ACCEPTED),
            error_code=one.error_code,
            created_at=one.created_at,
        )
        for one in messages
        if one.direction == direction
    ]


def _tell_pages(queue_ids: set[int]) -> None:
    if queue_ids:
        transaction(lambda session: tell_pages(session, queue_ids))

"""Asks the carrier for the outcome of texts without one: texts of unknown outcome, and answers given in TwiML
without a report. No transaction is open while the carrier is asked.
"""

import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Carrier, CarrierFailed, CarrierMessage
from jobs.outbox.concurrent_calls import ConcurrentCalls
from jobs.outbox.page_news import tell_pages
from jobs.utc_now import utc_now
from models.delivery.delivery_reports import STATES
from models.delivery.reply_delivery import (
    ReplyLookup,
    begin_reply_lookup,
    drop_old_replies,
    finish_reply_lookup,
    known_delivered_reply,
    put_off_reply_lookup,
    replies_due,
)
from models.delivery.settlement import (
    SKEW,
    Listed,
    Lookup,
    Recipient,
    begin_lookup,
    finish_lookup,
    put_off_lookup,
    unknown_due,
)
from models.people.addresses import Channel
from models.people.phone_numbers import masked
from models.storage.database import reading, transaction
from models.texts.text_states import TextState

log = structlog.get_logger(__name__)

# After this another clock may ask, as this one may have died; if it has not, its late result is ignored.
LEASE = timedelta(seconds=8)
LISTINGS_AT_ONCE = 4
WAIT_SECONDS = 5.0
# When an absent text is looked up again (share of the settle time), as the list may not be up to date.
SECOND_LOOK_OF_SETTLING = 1 / 3
TRIED_AGAIN_AFTER = timedelta(seconds=10)
API, REPLY = "outbound-api", "outbound-reply"


class UnknownTexts:
    """Texts of unknown outcome: found and matched, or proven absent and then sent again if still true."""

    def __init__(
        self, carrier: Carrier, *, settle_seconds: float, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._carrier = carrier
        self._look_again_after = timedelta(seconds=settle_seconds * SECOND_LOOK_OF_SETTLING)
        self._now = now
        self._lookups = ConcurrentCalls("unknown texts", LISTINGS_AT_ONCE)

    def run(self, now: datetime) -> None:
        with reading() as session:
            recipients = unknown_due(session, now)
        self._lookups.each(recipients, self._settle, wait_seconds=WAIT_SECONDS)

    def _settle(self, recipient: Recipient) -> None:
        lookup = transaction(lambda session: begin_lookup(session, recipient, self._now(), LEASE))
        if lookup is None:
            return
        try:
            listed = as_listed(self._carrier.messages_to(lookup.phone, lookup.since, lookup.channel), API)
        except CarrierFailed as failure:
            log.info("carrier not asked", to=masked(lookup.phone), reason=str(failure))
            transaction(lambda session: put_off_lookup(session, lookup, self._now()))
            return
        tell_pages(self._finish(lookup, listed))

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
    """Answers in TwiML without a report: looked up, and sent by the outbox if they were lost.

    Only if the carrier is known to list such answers of that channel: else their absence would prove nothing.
    """

    def __init__(
        self, carrier: Carrier, *, settle_seconds: float, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._carrier = carrier
        self._look_again_after = timedelta(seconds=settle_seconds * SECOND_LOOK_OF_SETTLING)
        self._now = now
        self._lists_replies = set[Channel]()
        self._tried_at: dict[Channel, datetime] = {}
        self._lookups = ConcurrentCalls("lost replies", LISTINGS_AT_ONCE)

    def run(self, now: datetime) -> None:
        transaction(lambda session: drop_old_replies(session, now))
        with reading() as session:
            due = replies_due(session, now)
        listed = {channel for channel in {channel for _, channel in due} if self._lists(channel, now)}
        ids = [inbound_id for inbound_id, channel in due if channel in listed]
        self._lookups.each(ids, self._settle, wait_seconds=WAIT_SECONDS)

    def _settle(self, inbound_id: int) -> None:
        lookup = transaction(lambda session: begin_reply_lookup(session, inbound_id, self._now(), LEASE))
        if lookup is None:
            return
        try:
            listed = as_listed(self._carrier.messages_to(lookup.phone, lookup.since, lookup.channel), REPLY)
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
        tell_pages(news)

    def _lists(self, channel: Channel, now: datetime) -> bool:
        """Known once an answer that the carrier has reported on was found in its list."""
        tried_at = self._tried_at.get(channel)
        if channel in self._lists_replies or (tried_at and abs(now - tried_at) < TRIED_AGAIN_AFTER):
            return channel in self._lists_replies
        with reading() as session:
            arrived = known_delivered_reply(session, channel)
        if arrived is not None:
            phone, words, at = arrived
            self._tried_at[channel] = now
            with contextlib.suppress(CarrierFailed):
                listed = as_listed(self._carrier.messages_to(phone, at - SKEW, channel), REPLY)
                if any(one.body.strip() == words.strip() for one in listed):
                    self._lists_replies.add(channel)
        return channel in self._lists_replies


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

"""The sending loop: takes due texts out of the outbox and sends them to the carrier, each in a thread.

Only that thread waits for the carrier; no transaction is open during the call, and the outcome is recorded
afterwards. Any number of clocks may run this at once.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from bot.wording.clock_form import has_twelve_hours
from bot.wording.rendering import render
from bot.wording.text_forms import form_for
from config.message_templates import template_for
from jobs.clock_id import is_gone, name_of_this_clock
from jobs.outbox.carrier import (
    CALL_LIMIT_SECONDS,
    Accepted,
    Busy,
    Carrier,
    Failed,
    Outcome,
    Rejected,
    TextToSend,
    Unknown,
)
from jobs.outbox.page_news import tell_pages
from jobs.outbox.polling import ANYWAY_SECONDS, Polling
from jobs.outbox.settling import settle
from jobs.outcomes import keep_outcome
from jobs.utc_now import utc_now
from models.delivery.channel_windows import STANDS_IN
from models.delivery.claiming import claim_next, numbers_with_texts_due
from models.delivery.claims import Claim, NotSent, RenderedText
from models.delivery.housekeeping import (
    bring_forward,
    clocks_sending,
    expire_leases,
    expire_stale,
    is_worth_looking,
    next_text_due,
)
from models.people.custom_wording import custom_wording
from models.people.phone_numbers import masked
from models.storage.commits import Commits
from models.storage.database import database, reading, transaction
from models.storage.doorbell import Doorbell
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TURN_TEXTS

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.1
POLL_SECONDS_WITH_DOORBELL = 0.2  # for texts of other hosts, which ring elsewhere
SHORTEST_PAUSE = 0.005
AFTER_FAULT_SECONDS = 1.0
CALLS_AT_ONCE = 32
LEASE = timedelta(seconds=CALL_LIMIT_SECONDS + 15)


class TextSender:
    def __init__(
        self,
        carrier: Carrier,
        *,
        public_url: str,
        texts_per_second: float,
        settle_seconds: float = 45.0,
        clock: str | None = None,
        now: Callable[[], datetime] = utc_now,
        calls_at_once: int = CALLS_AT_ONCE,
        templates: Mapping[str, str] | None = None,
    ) -> None:
        self._carrier = carrier
        self._public_url = public_url
        self._pause_per_segment = timedelta(seconds=1 / texts_per_second)
        self._settle_after = timedelta(seconds=settle_seconds)
        self._clock = clock or name_of_this_clock()
        self._now = now
        self._templates = templates or {}
        self._calls_at_once = calls_at_once
        self._slots = threading.BoundedSemaphore(calls_at_once)
        self.looked_at = time.monotonic()
        """When the loop last looked for texts, by the monotonic clock."""
        self._found_due, self._next_due = False, ANYWAY_SECONDS

    def run(
        self, stop: threading.Event, commits: Commits | None = None, doorbell: Doorbell | None = None
    ) -> None:
        """Send what is due until `stop` is set; a fault is logged and the loop continues.

        With a doorbell it asks less often for commits, and looks as soon as it rings.
        """
        polling = Polling(commits or Commits(database()))
        wait = doorbell.wait if doorbell else stop.wait
        while not stop.is_set():
            try:
                pause = POLL_SECONDS_WITH_DOORBELL if doorbell else POLL_SECONDS
                if polling.is_due():
                    pause = self.send_due()
                    polling.looked(found=self._found_due, next_due=self._next_due)
            except Exception:
                log.exception("sending failed")
                polling.close()
                pause = AFTER_FAULT_SECONDS
            self.looked_at = time.monotonic()
            wait(pause)
        polling.close()

    def send_due(self) -> float:
        """Start sending what may leave now; returns the seconds until the next check."""
        now = self._now()
        with reading() as session:
            numbers = numbers_with_texts_due(session, now)
            due_at = None if numbers else next_text_due(session)
        self._found_due = bool(numbers)
        self._next_due = ANYWAY_SECONDS if due_at is None else (due_at - now).total_seconds()
        pause = POLL_SECONDS
        for our_number_id, free_at in numbers:
            if free_at is None or free_at <= now:
                free_at = self._send_from(our_number_id)
            if free_at is not None:
                pause = min(pause, (free_at - self._now()).total_seconds())
        return max(pause, SHORTEST_PAUSE)

    def clean_up(self, now: datetime) -> None:
        """Housekeeping: settle texts of clocks that died, expire old texts, and correct wrong clocks."""
        with reading() as session:
            if not is_worth_looking(session, now):
                return
            gone = [clock for clock in clocks_sending(session) if is_gone(clock)]
        settle_after = now + self._settle_after
        for lapsed in transaction(
            lambda session: expire_leases(session, now, settle_after=settle_after, gone=gone)
        ):
            self._log_not_sent(lapsed)
        expired = transaction(lambda session: expire_stale(session, now))
        if expired:
            log.info("texts expired", count=expired)
        brought_forward = transaction(lambda session: bring_forward(session, now))
        if brought_forward:
            log.warning("texts were queued by a machine whose time is ahead", count=brought_forward)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for running calls; True if all ended and were settled within so many seconds."""
        deadline = time.monotonic() + seconds
        taken = 0
        while taken < self._calls_at_once and self._slots.acquire(
            timeout=max(0.0, deadline - time.monotonic())
        ):
            taken += 1
        for _ in range(taken):
            self._slots.release()
        return taken == self._calls_at_once

    def _send_from(self, our_number_id: int) -> datetime | None:
        """Start sending this number's next text; returns when it may send again, None if nothing was sent."""
        if not self._slots.acquire(blocking=False):
            return None
        claim = None
        try:
            claim = self._claim(our_number_id)
        finally:
            if claim is None:
                self._slots.release()
        if claim is None:
            return None
        threading.Thread(target=self._send, args=(claim,), name="text", daemon=True).start()
        return claim.next_text_after

    def _claim(self, our_number_id: int) -> Claim | None:
        def work(session: Session) -> Claim | NotSent | None:
            return claim_next(
                session,
                our_number_id,
                self._now(),  # read here, as the transaction may have waited for the write lock
                render=self._render,
                template_for=lambda text: template_for(self._templates, text.kind, text.language),
                clock=self._clock,
                lease=LEASE,
                pause_per_segment=self._pause_per_segment,
            )

        while isinstance(found := transaction(work), NotSent):
            self._log_not_sent(found)
        return found

    def _render(self, message: OutboundMessage, is_first: bool) -> RenderedText:
        business = message.our_number.business
        own = custom_wording(business, message.kind, message.language)
        known = message.facts | {"twelve_hours": has_twelve_hours(business.timezone)}
        form = form_for(message.our_number.channel)

        def body(first: bool, introduces: bool = False) -> str:
            facts = known | {"first": first, "introduces": introduces}
            return render(
                message.kind, facts, message.language, public_url=self._public_url, own=own, form=form
            )

        text = body(is_first)
        welcomes = is_first and text != body(False)
        if is_first and not welcomes and STANDS_IN in message.facts:
            text = body(False, introduces=True)
        return RenderedText(text, form.billed(text), welcomes)

    def _send(self, claim: Claim) -> None:
        try:
            outcome = self._call(claim)
            self._settle(claim, outcome)
            log.info(
                "text",
                outcome=type(outcome).__name__.lower(),
                kind=claim.kind.value,
                ticket=claim.ticket_id,
                message=claim.message_id,
                to=masked(claim.to),
                request=claim.request_id,
                seconds=round((self._now() - claim.claimed_at).total_seconds(), 2),
                **_counts_above_one(claim),
                **_log_fields(outcome),
            )
        except Exception:
            log.exception("outcome not kept", message=claim.message_id)
        finally:
            self._slots.release()

    def _call(self, claim: Claim) -> Outcome:
        text = TextToSend(
            to=claim.to,
            sender=claim.sender,
            body=claim.body,
            reference=claim.reference,
            validity_seconds=int(claim.valid_for.total_seconds()),
            channel=claim.channel,
            template_sid=claim.template_sid,
            variables=claim.variables,
        )
        try:
            return self._carrier.send(text)
        except Exception as fault:
            log.exception("carrier raised", message=claim.message_id)
            return Unknown(type(fault).__name__)

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        def work(session: Session) -> set[int]:
            return settle(session, claim, outcome, self._now(), settle_after=self._settle_after)

        tell_pages(keep_outcome(work, message=claim.message_id))

    def _log_not_sent(self, text: NotSent) -> None:
        log.info(
            "text",
            outcome=text.state.value,
            kind=text.kind.value,
            ticket=text.ticket_id,
            message=text.message_id,
            reason=text.reason,
            request=text.request_id,
        )
        tell_pages({text.queue_id} if text.queue_id is not None and text.kind in TURN_TEXTS else set())


def _counts_above_one(claim: Claim) -> dict[str, int]:
    counts = {"segments": claim.segments, "attempt": claim.attempt}
    return {name: count for name, count in counts.items() if count != 1}


def _log_fields(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Accepted(carrier_sid):
            return {"sid": carrier_sid}
        case Failed(carrier_sid, code, kind):
            return {"sid": carrier_sid, "code": code, "why": kind.value}
        case Rejected(code, kind, message):
            return {"code": code, "why": kind.value, "reason": message}
        case Busy(_, reason, _) | Unknown(reason):
            return {"reason": reason}

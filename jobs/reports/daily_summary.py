"""The daily and weekly summaries: queued at the business's hour, each mail sent once, also across restarts.

A mail that the server does not take now is retried after growing pauses; a mail of unknown outcome is not.
Texts go through the outbox like all others.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.mails import summary_columns, word_summary
from jobs.outcomes import keep_outcome
from jobs.reports.chart import DARK, LIGHT, draw_waits
from jobs.reports.mail import Mailer, PutOff, Refused, new_mail
from jobs.row_by_row import RowByRow
from jobs.utc_now import utc_now
from jobs.watchdog import progressed
from models.people.business import Business
from models.people.summary_period import Period
from models.statistics.summary import decide, due_summary_day, goes_on, summary_of
from models.statistics.summary_mail import (
    Claim,
    claim_next,
    hand_over,
    recover_lapsed,
    settle_put_off,
    settle_refused,
    settle_sent,
    settle_unknown,
)
from models.storage.database import reading, transaction
from security.signed_links import make_unsubscribe_key

log = structlog.get_logger(__name__)

PICTURE = "waits"
PICTURES = {
    PICTURE: LIGHT,
    f"{PICTURE}-dark": DARK,
}  # the mail shows the one for its reader's colors
LEASE = timedelta(minutes=10)
FIRST_PUT_OFF = timedelta(minutes=1)
LONGEST_PUT_OFF = timedelta(minutes=30)


class DailySummary:
    def __init__(
        self,
        mailer: Mailer,
        *,
        sender: str,
        public_url: str,
        secret_key: str,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._mailer = mailer
        self._sender = sender
        self._public_url = public_url
        self._secret_key = secret_key
        self._now = now
        self._rows = RowByRow("daily summary")

    def run(self, now: datetime) -> None:
        with reading() as session:
            businesses = session.scalars(select(Business.id).order_by(Business.id)).all()
        self._rows.each(businesses, lambda business_id: _sum_up_each(business_id, now), now)
        self.send_due()

    def send_due(self, business_id: int | None = None) -> None:
        """Send the mails that are due (of this business, if given), one after another."""
        transaction(lambda session: recover_lapsed(session, self._now()))
        while claim := transaction(lambda session: claim_next(session, self._now(), LEASE, business_id)):
            self._send(claim)
            progressed()

    def _send(self, claim: Claim) -> None:
        is_handed_over = False
        outcome, reason = "sent", ""
        try:
            with self._mailer.offer(self._mail(claim)) as give:
                if not transaction(lambda session: hand_over(session, claim, self._now())):
                    return  # it took so long that another process may have claimed the mail
                is_handed_over = True
                give()
        except PutOff as fault:
            outcome, reason = "put off", str(fault)
        except Refused as fault:
            outcome, reason = "refused", str(fault)
        except Exception as fault:
            outcome = "unknown" if is_handed_over else "put off"
            reason = f"{type(fault).__name__}: {fault}"
        self._settle(claim, outcome, reason)

    def _settle(self, claim: Claim, outcome: str, reason: str) -> None:
        settled = partial(settle, claim=claim, outcome=outcome, reason=reason, now=self._now())
        write_log = log.info if outcome == "sent" else log.warning
        write_log(
            "summary",
            outcome=outcome,
            business=claim.business_id,
            period=claim.period,
            day=str(claim.day),
            reason=reason,
        )
        keep_outcome(settled, day=str(claim.day))

    def _mail(self, claim: Claim) -> EmailMessage:
        key = make_unsubscribe_key(self._secret_key, claim.servicer_id, claim.period)
        stop_url = f"{self._public_url.rstrip('/')}/stop/{key}"
        pictures = _draw_chart(claim)
        worded = word_summary(
            claim.facts,
            claim.language,
            public_url=self._public_url,
            stop_url=stop_url,
            picture=PICTURE if pictures else None,
        )
        return new_mail(
            sender=(claim.facts["business"], self._sender),
            to=(claim.name, claim.email),
            subject=worded.subject,
            text=worded.text,
            html=worded.html,
            key=_key(claim),
            now=self._now(),
            pictures=pictures,
            stop_url=stop_url,
        )


def _key(claim: Claim) -> str:
    of = f"week-{claim.day}" if claim.period == Period.WEEK else claim.day
    return f"summary-{claim.business_id}-{of}-{claim.servicer_id}"


def _draw_chart(claim: Claim) -> dict[str, bytes]:
    """The chart by content id, or nothing: the mail is worth sending without it too."""
    try:
        columns = summary_columns(claim.facts, claim.language)
        drawn = {content_id: draw_waits(columns, colors) for content_id, colors in PICTURES.items()}
        return {content_id: png for content_id, png in drawn.items() if png is not None}
    except Exception as fault:
        log.warning("no picture", business=claim.business_id, day=str(claim.day), error=str(fault))
        return {}


def settle(session: Session, claim: Claim, outcome: str, reason: str, now: datetime) -> None:
    match outcome:
        case "sent":
            settle_sent(session, claim, now)
        case "put off":
            settle_put_off(session, claim, reason, now + put_off(claim.attempt))
        case "refused":
            settle_refused(session, claim, reason)
        case "unknown":
            settle_unknown(session, claim, reason)


def put_off(attempt: int) -> timedelta:
    """The pause before the next attempt: 1, 2, 4 … 30 minutes."""
    return min(LONGEST_PUT_OFF, FIRST_PUT_OFF * 2 ** min(attempt - 1, 10))


def _sum_up_each(business_id: int, now: datetime) -> None:
    for period in Period:
        _sum_up(business_id, period, now)


def _sum_up(business_id: int, period: Period, now: datetime) -> None:
    with reading() as session:
        business = session.get_one(Business, business_id)
        day = due_summary_day(business, now, period)
        if day is None or goes_on(session, business, period.days(day)[-1], now):
            return
        summary = summary_of(session, business, day, now, period)
    is_told = transaction(lambda session: decide(session, business_id, summary, now))
    log.info("summary decided", business=business_id, period=period, day=str(summary.day), told=is_told)

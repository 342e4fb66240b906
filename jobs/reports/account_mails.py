"""Sends the mails about accounts, one after another; retries those that the mail server does not take now."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.wording.mails import word_account_mail
from jobs.reports.mail import Mailer, PutOff, Refused, new_mail
from jobs.utc_now import utc_now
from jobs.watchdog import progressed
from models.people.account_mails import AT_MOST_ONCE, AccountMailState, Claim, claim_next, hand_over, settle
from models.storage.database import transaction

log = structlog.get_logger(__name__)

AT_A_TIME = 50  # the job runs again in a second


class AccountMails:
    def __init__(
        self, mailer: Mailer, *, sender: str, public_url: str, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._mailer = mailer
        self._sender = sender
        self._public_url = public_url
        self._now = now

    def run(self, _now: datetime) -> None:
        for _ in range(AT_A_TIME):
            claim = transaction(lambda session: claim_next(session, self._now()))
            if claim is None:
                return
            self._send(claim)
            progressed()

    def _send(self, claim: Claim) -> None:
        state, reason = AccountMailState.SENT, ""
        try:
            self._hand_over(claim)
        except Refused as fault:
            state, reason = AccountMailState.DROPPED, str(fault)
        except PutOff as fault:
            state, reason = AccountMailState.WAITING, str(fault)
        except Exception as fault:  # it may have been taken
            does_no_harm_twice = claim.kind not in AT_MOST_ONCE
            state = AccountMailState.WAITING if does_no_harm_twice else AccountMailState.DROPPED
            reason = type(fault).__name__
        write_log = log.info if state == AccountMailState.SENT else log.warning
        write_log("letter", kind=claim.kind.value, letter=claim.mail_id, outcome=state.value, reason=reason)
        transaction(lambda session: settle(session, claim, state, self._now(), reason))

    def _hand_over(self, claim: Claim) -> None:
        worded = word_account_mail(
            claim.kind,
            claim.facts,
            claim.language,
            public_url=self._public_url,
            link_key=claim.link_key,
        )
        mail = new_mail(
            sender=(claim.facts.get("business", "Take A Number"), self._sender),
            to=(claim.facts.get("name", ""), claim.email),
            subject=worded.subject,
            text=worded.text,
            html=worded.html,
            key=f"letter-{claim.mail_id}-{claim.attempt}",
            now=self._now(),
        )
        with self._mailer.offer(mail) as give:
            if claim.kind not in AT_MOST_ONCE or transaction(lambda s: hand_over(s, claim, self._now())):
                give()

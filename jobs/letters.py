"""Sends the letters about accounts, one after another; what a mail server does not take now is put off."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.mails import word_letter
from jobs.mail import Mailer, PutOff, Refused, new_mail
from jobs.watch import got_on
from models.database import transaction
from models.letters import Claim, LetterState, claim_next, settle

log = structlog.get_logger(__name__)

AT_A_TIME = 50  # the sweep comes again in a second


def moment() -> datetime:
    return datetime.now(UTC)


class Letters:
    def __init__(
        self, mailer: Mailer, *, sender: str, public_url: str, now: Callable[[], datetime] = moment
    ) -> None:
        self._mailer = mailer
        self._sender = sender
        self._public_url = public_url
        self._now = now

    def sweep(self, _now: datetime) -> None:
        for _ in range(AT_A_TIME):
            claim = transaction(lambda session: claim_next(session, self._now()))
            if claim is None:
                return
            self._send(claim)
            got_on()

    def _send(self, claim: Claim) -> None:
        state, reason = LetterState.SENT, ""
        try:
            self._hand_over(claim)
        except Refused as fault:
            state, reason = LetterState.DROPPED, str(fault)
        except PutOff as fault:
            state, reason = LetterState.WAITING, str(fault)
        except Exception as fault:  # perhaps it was taken: a second one does no harm
            state, reason = LetterState.WAITING, type(fault).__name__
        say = log.info if state == LetterState.SENT else log.warning
        say("letter", kind=claim.kind.value, letter=claim.letter_id, outcome=state.value, reason=reason)
        transaction(lambda session: settle(session, claim, state, self._now(), reason))

    def _hand_over(self, claim: Claim) -> None:
        worded = word_letter(
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
            key=f"letter-{claim.letter_id}-{claim.attempt}",
            now=self._now(),
        )
        with self._mailer.offer(mail) as give:
            give()

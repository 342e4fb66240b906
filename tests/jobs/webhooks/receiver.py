"""The other side of a webhook, and what the tests of sending ask."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from jobs.webhooks.deliver import Webhooks
from models.people.account_mails import AccountMail
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from models.webhooks.sending import (
    Claim,
    Outcome,
)
from tests.models.webhooks.listening import deliveries
from tests.world import (
    NOON,
    call_next,
    change,
    join,
)

TAKEN, BROKEN = Outcome(status=200), Outcome(status=500, answer="oops")


class Shop:
    """The other side, and a clock that goes on by itself."""

    def __init__(self, answer: Callable[[Claim], Outcome] = lambda _: TAKEN) -> None:
        self.answer = answer
        self.now = NOON
        self.got: list[Claim] = []
        self.job = Webhooks(send=self._take, now=lambda: self.now, pause=lambda n: timedelta(minutes=2**n))

    def _take(self, claim: Claim, _now: datetime) -> Outcome:
        self.got.append(claim)
        return self.answer(claim)

    def tell(self, hook: int, after: timedelta = timedelta(0)) -> None:
        self.now += after
        self.job.note()
        self.job.send_due(hook, most=500)

    @property
    def kinds(self) -> list[str]:
        return [claim.kind for claim in self.got]


def visit(queue: Queue, rosa: Servicer, of: str, number: int) -> None:
    join(queue, of)
    call_next(queue, rosa)
    by = By.servicer(rosa.id)
    change(number, queue, lambda s, ticket: ending.finish(s, ticket, by=by, now=NOON))


def states(hook: int) -> list[str]:
    return [each.state.value for each in deliveries(hook)]


def mails() -> list[tuple[str, str]]:
    with reading() as session:
        return [(mail.email, mail.facts["reason"]) for mail in session.scalars(select(AccountMail))]

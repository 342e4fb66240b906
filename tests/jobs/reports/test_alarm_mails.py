"""A mail about a trouble goes once, whatever the mail server answers and whenever a clock is killed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest

from jobs.reports.account_mails import AccountMails
from jobs.reports.mail import PutOff
from models.people.account_mails import claim_next, hand_over
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.jobs.queues.troubled import joins, look, wants
from tests.jobs.scripted import Day
from tests.world import NOON


@pytest.fixture
def day() -> Day:
    return Day()


class Mailer:
    """What each hand-over of a mail raises, if anything; then all is well."""

    def __init__(self, *faults: Exception | None) -> None:
        self.got: list[str] = []
        self._faults = list(faults)

    @contextmanager
    def offer(self, mail: EmailMessage) -> Iterator[Callable[[], None]]:
        def give() -> None:
            fault = self._faults.pop(0) if self._faults else None
            if not isinstance(fault, PutOff):
                self.got.append(str(mail["Subject"]))
            if fault is not None:
                raise fault

        yield give


def put_mail_in_outbox(rosa: Servicer, queue: Queue) -> None:
    """More wait than she has said to tell her of."""
    wants(rosa, queue, most_waiting=1)
    joins(queue, 2, NOON)
    look(NOON)


def sender_of(mailer: Mailer, day: Day) -> AccountMails:
    """A clock that has just started."""
    return AccountMails(mailer, sender="us@example.com", public_url="https://q.example", now=day)


@pytest.mark.parametrize("fault", [None, OSError("no answer"), PutOff("busy")])
def test_a_mail_goes_once_whatever_the_server_answers(
    queue: Queue, rosa: Servicer, day: Day, fault: Exception | None
) -> None:
    put_mail_in_outbox(rosa, queue)
    mailer = Mailer(fault)
    for _ in range(4):
        sender_of(mailer, day).run(day.now)
        day.pass_(360)
    assert mailer.got == ["Barber Lopes: Haircuts: 2 people are waiting. Your limit is 1."]


def test_a_mail_that_a_clock_gave_up_before_handing_it_over_goes_once(
    queue: Queue, rosa: Servicer, day: Day
) -> None:
    put_mail_in_outbox(rosa, queue)
    claim = transaction(lambda session: claim_next(session, day.now))
    assert claim is not None
    mailer = Mailer()
    clock = sender_of(mailer, day)
    day.pass_(360)
    clock.run(day.now)
    assert not transaction(lambda session: hand_over(session, claim, day.now))
    assert len(mailer.got) == 1


def test_a_mail_that_a_killed_clock_had_handed_over_is_not_sent_again(
    queue: Queue, rosa: Servicer, day: Day
) -> None:
    put_mail_in_outbox(rosa, queue)
    claim = transaction(lambda session: claim_next(session, day.now))
    assert claim is not None
    assert transaction(lambda session: hand_over(session, claim, day.now))
    mailer = Mailer()
    day.pass_(360)
    sender_of(mailer, day).run(day.now)
    assert mailer.got == []

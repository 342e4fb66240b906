"""A text that the carrier takes and gives up in the same answer is one that failed, not one refused."""

import pytest

from jobs.outbox.carrier import Failed
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from models.texts.error_codes import RejectionKind
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import customer
from tests.jobs.outbox.sending.failures import number, report
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import on_both
from tests.world import ANA, call_next, join, outbox, phone

WINDOW_OVER = Failed("SM9", 63016, RejectionKind.NOT_BY_CHANNEL)
PASSING = Failed("SM9", 30001, RejectionKind.PASSING)


def test_the_carriers_sid_is_kept(day: Day, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(ScriptedCarrier(WINDOW_OVER), day), day, rounds=3)
    (text,) = texts()
    assert (text.state, text.carrier_sid, text.error_code) == (TextState.FAILED, "SM9", 63016)
    assert text.failed_at is not None


def test_it_is_followed_by_one_more_and_its_report_changes_nothing(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    carrier = ScriptedCarrier(PASSING)
    sender = sender_with(carrier, day)
    send_all(sender, day)
    report(texts()[0], TextState.FAILED, day, 30001)
    send_all(sender, day, rounds=40)
    assert outbox(queue) == [(1, "your_turn", "failed"), (1, "your_turn", "accepted")]
    assert len(carrier.got) == 2


def test_a_report_that_came_first_is_not_acted_upon_again(day: Day, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)

    def reported_first(_: object) -> Failed:
        report(texts()[0], TextState.FAILED, day, 30001)
        return PASSING

    send_all(sender_with(ScriptedCarrier(reported_first), day), day)
    first, again = texts()
    assert (first.state, again.state) == (TextState.FAILED, TextState.WAITING)


@pytest.mark.parametrize("says_so", ["at once", "by report"])
def test_the_next_text_says_who_we_are_if_the_first_did_not_arrive(
    day: Day, queue: Queue, says_so: str
) -> None:
    join(queue, ANA, source=Source.DESK)
    carrier = ScriptedCarrier(*([PASSING] if says_so == "at once" else []))
    sender = sender_with(carrier, day)
    send_all(sender, day)
    if says_so == "by report":
        report(texts()[0], TextState.FAILED, day, 30001)
    assert transaction(lambda s: customer(s, ANA).welcomed_at) is None
    send_all(sender, day, rounds=40)
    assert ["STOP" in body for body in carrier.bodies] == [True, True]


def test_a_suspended_account_holds_the_number(day: Day, business: Business, queue: Queue) -> None:
    join(queue, ANA, source=Source.DESK)
    suspended = Failed("SM9", 30002, RejectionKind.OUR_CONFIGURATION)
    send_all(sender_with(ScriptedCarrier(suspended), day), day)
    assert number().held_at is not None


@on_both
def test_one_phone_that_failed_at_once_holds_no_other(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Failed("SM9", 30005, RejectionKind.BAD_NUMBER))
    join(queue, ANA, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    join(queue, phone(7), source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    assert number().held_at is None
    assert [text.state for text in texts()] == [TextState.FAILED, TextState.ACCEPTED]

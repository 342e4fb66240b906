"""Undo while the turn text is on its way: only who may have got it is told that it was too early."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Busy, Outcome, TextToSend, Unknown
from jobs.outbox.reconcile import UnknownTexts
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.line.queries import present_ticket_of
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.settling.lookups import SETTLE, look
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.one_database import on_both
from tests.world import ANA, call_next, join, make_queue, outbox, press

pytestmark = on_both  # threads meet, or other processes


def undo_meanwhile(
    queue: Queue, rosa: Servicer, day: Day, outcome: Outcome
) -> Callable[[TextToSend], Outcome]:
    def undo(_: TextToSend) -> Outcome:
        press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
        return outcome

    return undo


@pytest.mark.parametrize(
    "outcome", [Busy(), Accepted("SM1"), Unknown("reset")], ids=["busy", "accepted", "unknown"]
)
def test_only_who_may_have_got_the_turn_text_is_told_that_it_was_too_early(
    day: Day, queue: Queue, rosa: Servicer, outcome: Outcome
) -> None:
    carrier = ScriptedCarrier(undo_meanwhile(queue, rosa, day, outcome))
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=4)
    told = [body for body in carrier.bodies if "too early" in body]
    assert len(told) == (0 if isinstance(outcome, Busy) else 1)
    too_early = next(text for text in texts() if text.kind == "called_too_early")
    assert too_early.state == (TextState.EXPIRED if isinstance(outcome, Busy) else TextState.ACCEPTED)


def test_the_correction_does_not_overtake_the_text_it_corrects(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    go_on = threading.Event()

    def slowly(text: TextToSend) -> Outcome:
        go_on.wait(20)
        return Accepted("SMslow")

    carrier = ScriptedCarrier(slowly)
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    sender.send_due()
    assert soon(lambda: carrier.got)
    press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
    day.pass_(2)
    sender.send_due()
    assert len(carrier.got) == 1
    go_on.set()
    assert sender.wait_until_idle(10)
    send_all(sender, day)
    assert [body[:14] for body in carrier.bodies] == ["It's your turn", "Sorry, number "]


def test_a_no_show_that_was_taken_back_before_it_was_told_is_not_corrected(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier(Accepted("SMturn"), undo_meanwhile(queue, rosa, day, Busy()))
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)

    press(
        queue, rosa, lambda s, q, by: ending.mark_no_show(s, present(s, q, rosa), by=by, now=day.now), day.now
    )
    send_all(sender, day, rounds=4)
    assert [kind for _, kind, state in outbox(queue) if state == "expired"] == ["no_show", "still_called"]


@pytest.mark.parametrize("outcome", [Unknown("no answer in time"), Busy()], ids=["unknown", "busy"])
def test_a_call_that_holds_again_is_told_though_its_text_was_on_its_way_and_got_lost(
    day: Day, queue: Queue, rosa: Servicer, outcome: Outcome
) -> None:
    def done_and_undone(_: TextToSend) -> Outcome:
        press(queue, rosa, lambda s, q, by: ending.finish(s, present(s, q, rosa), by=by, now=day.now))
        press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
        return outcome

    carrier = ScriptedCarrier(done_and_undone)
    clock = UnknownTexts(carrier, settle_seconds=SETTLE, now=day)
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)
    for _ in range(2):
        look(clock, day, SETTLE)
    send_all(sender, day)
    assert outbox(queue)[0] == (1, "your_turn", "accepted")
    assert carrier.bodies == [carrier.bodies[0]] * 2


def present(session: Session, queue: Queue, servicer: Servicer) -> Ticket:
    ticket = present_ticket_of(session, queue, servicer.id)
    assert ticket is not None
    return ticket


def test_a_text_in_the_other_queue_is_no_concern_of_this_one(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage, business: Business
) -> None:
    other = make_queue(business, "BEARDS", name="Beards")
    join(other, ANA, source=Source.DESK, now=day.now)
    send_all(sender_with(carrier, day), day)
    joined = texts()[-1]
    carrier.has(ANA, joined.body or "", day.now, sid="SMother")
    look(clock, day, SETTLE)
    assert texts()[0].state == TextState.UNKNOWN

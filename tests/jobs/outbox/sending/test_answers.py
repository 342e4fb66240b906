"""What the counter answers to one customer leaves in its order, and not once the number is over."""

from jobs.outbox.carrier import Busy
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.messages.conversation import reply
from models.queueing.tables.queues import Queue
from models.texts.text_states import TextState
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, change, join


def answer(queue: Queue, servicer: Servicer, words: str, day: Day) -> None:
    by = By.servicer(servicer.id, f"press {words}")
    change(1, queue, lambda s, t: reply(s, t, words, by=by, now=day.now))


def test_an_answer_waits_for_an_earlier_one_that_was_put_off(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Busy(retry_after=20))
    sender = sender_with(carrier, day)
    join(queue, ANA)
    answer(queue, rosa, "The green door.", day)
    send_all(sender, day, rounds=5)
    assert carrier.got == [], "it can still be undone"
    send_all(sender, day)
    answer(queue, rosa, "On the left.", day)
    send_all(sender, day, rounds=8)
    assert len(carrier.got) == 1, "the second waits"
    send_all(sender, day, rounds=30)
    assert carrier.bodies[1:] == ["Haircuts: The green door.", "Haircuts: On the left."]


def test_an_answer_that_waits_does_not_leave_once_they_have_left(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier()
    join(queue, ANA)
    answer(queue, rosa, "The green door.", day)
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=day.now))
    send_all(sender_with(carrier, day), day, rounds=30)
    assert carrier.got == []
    assert [text.state for text in texts()] == [TextState.EXPIRED]

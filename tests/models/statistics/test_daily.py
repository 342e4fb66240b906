"""The figures of a day, counted from its events."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.messages.conversation import reply
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, Source, TicketState
from models.statistics.day_events import DayTexts
from models.statistics.distributions import Count
from models.statistics.span import QueueOnDay, Span, by_day, days_of, span_of
from models.statistics.timelines import Visit
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.bot.transcript import text_in
from tests.models.statistics.day_rows import A_DAY, LATER, LISBON, TODAY, counted, figures, leave, try_to_join
from tests.one_database import on_both
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    phone,
)


def test_who_gave_up_is_told_from_who_was_not_reached(db: Database, queue: Queue, rosa: Servicer) -> None:
    for index in range(5):
        join(queue, phone(index), NOON)
    leave(queue, 1), leave(queue, 2, DAY_ENDED), leave(queue, 3, "forgotten")
    call_next(queue, rosa, NOON + minutes(10))
    found = figures(queue).whole
    assert (found[Count.GAVE_UP], found[Count.UNSERVED]) == (2, 1)
    assert (found[Count.LIVE], found[Count.LEFT]) == (2, 3)


def test_an_empty_day_is_nobody_and_none(db: Database, queue: Queue) -> None:
    found = figures(queue)
    assert found.is_empty
    assert (found.busiest_hour(), found.whole.wait.median, found.whole.turned_away) == (None, None, 0)


def test_the_busiest_hour_is_one_of_the_clock_on_the_wall(db: Database) -> None:
    tokyo = make_business(timezone="Asia/Tokyo")
    queue = make_queue(tokyo)
    moments = [NOON, NOON + minutes(59), NOON + minutes(60)]  # 21, 21 and 22 in Tokyo
    for index, moment in enumerate(moments):
        join(queue, phone(index), moment)
    assert figures(queue).busiest_hour() == 21
    assert {hour: tally[Count.JOINED] for hour, tally in figures(queue).by_hour().items()} == {21: 2, 22: 1}


def test_the_first_of_two_busiest_hours_is_told() -> None:
    visits = [Visit(TicketState.WAITING, NOON + timedelta(hours=hour)) for hour in (3, 1, 3, 1)]
    made = counted(visits, zone=LISBON, start=NOON, end=LATER)
    assert Span.of_days([QueueOnDay(1, TODAY, made)]).busiest_hour() == 13


def test_who_was_turned_away_is_counted_on_the_day(db: Database, business: Business, queue: Queue) -> None:
    join(queue, ANA, NOON)
    leave(queue, 1)
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "state", QueueState.CLOSED))
    start = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    for moment in (start - minutes(1), start, start + A_DAY - minutes(1), start + A_DAY):
        try_to_join(queue, BEN, moment)
    assert [figures(queue, day=TODAY + days * A_DAY).whole.turned_away for days in (-1, 0, 1)] == [1, 2, 1]


@on_both
@pytest.mark.parametrize("days", [21, 61])
def test_who_was_turned_away_counts_in_a_span_of_any_length(
    db: Database, business: Business, queue: Queue, days: int
) -> None:
    """Also on a day on which nobody took a number, and of which nothing is stored yet."""
    join(queue, ANA, NOON)
    leave(queue, 1)
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "state", QueueState.CLOSED))
    try_to_join(queue, BEN, NOON + 3 * A_DAY)
    span = TODAY, TODAY + (days - 1) * A_DAY
    with reading() as session:
        queues = [session.get_one(Queue, queue.id)]
        whole = span_of(session, queues, *span, LATER).whole
        each = by_day(days_of(session, queues, *span, LATER))
    assert whole.turned_away == 1
    assert each[TODAY + 3 * A_DAY].turned_away == 1


def test_texts_that_failed_are_counted_and_those_taken_back_are_not(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    states = [
        *(TextState.DELIVERED, TextState.SENT, TextState.ACCEPTED, TextState.WAITING, TextState.UNKNOWN),
        *(TextState.FAILED, TextState.REJECTED, TextState.EXPIRED, TextState.EXPIRED),
    ]
    for index in range(len(states)):
        join(queue, phone(index), NOON, source=Source.WEB)  # confirmed by a text

    def work(session: Session) -> None:
        texts = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)).all()
        for text, state in zip(texts, states, strict=True):
            text.state = state
        texts[-1].obsolete_at = NOON  # no longer true: nobody misses it
        for text in texts:
            text.segments = 2

    transaction(work)
    assert figures(queue).texts() == DayTexts(sent=3, delivered=1, failed=3, segments=8)


def test_answers_are_counted_on_the_day_their_text_came_whatever_is_forgotten(
    db: Database, business: Business, queue: Queue
) -> None:
    join(queue, ANA, NOON)
    start = datetime(2026, 3, 10, 4, tzinfo=UTC)
    texts = [
        (start - minutes(1), 1, None),
        (start, 1, TextState.DELIVERED),
        (NOON, 2, None),
        (NOON, 2, TextState.FAILED),  # billed all the same
        (NOON, 2, TextState.REJECTED),
        (NOON, None, None),  # silence
        (start + A_DAY, 1, None),
    ]

    def work(session: Session) -> None:
        (ours,) = session.scalars(select(OurNumber))
        ana = session.scalars(select(Customer)).one()
        for index, (at, segments, state) in enumerate(texts):
            about = {"our_number_id": ours.id, "customer_id": ana.id, "queue_id": queue.id, "received_at": at}
            reply = None if segments is None else "You are number 1"
            told = {"reply": reply, "reply_segments": segments, "reply_state": state}
            session.add(InboundMessage(sid=f"SM{index}", body="STATUS", **about, **told))

    transaction(work)
    assert figures(queue).texts() == DayTexts(replies=3, reply_segments=5)
    transaction(lambda s: forget(s, s.scalars(select(Customer)).one(), by=By.clock(), now=LATER))
    assert figures(queue).texts() == DayTexts(replies=3, reply_segments=5)


def test_several_queues_together_are_one_day_and_no_average_of_averages(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER")
    luis = make_servicer(business, "Luis")
    join(queue, ANA, NOON), join(other, BEN, NOON), join(other, CAI, NOON)
    call_next(queue, rosa, NOON + minutes(1))
    call_next(other, rosa, NOON + minutes(10)), call_next(other, luis, NOON + minutes(20))
    assert figures(queue, other).whole.wait.median == 600
    assert figures(queue, other).whole[Count.JOINED] == 3


def test_who_wrote_to_the_counter_and_how_soon_they_were_answered(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    for each in (ANA, BEN, CAI):
        join(queue, each)
    text_in("which door do I take?", ANA, NOON + minutes(1))
    text_in("the red one?", ANA, NOON + minutes(2))
    text_in("which door do I take?", BEN, NOON + minutes(3))

    def answer(number: int, after: float) -> None:
        by = By.servicer(rosa.id, f"press {number} {after}")
        change(number, queue, lambda s, t: reply(s, t, "The green one.", by=by, now=NOON + minutes(after)))

    answer(1, 4), answer(1, 9), answer(3, 9)  # nobody had asked with number 3
    found = figures(queue).whole
    assert (found[Count.SAID], found.answer.n, found.answer.median) == (2, 1, 180.0)

"""The figures of a day: who gave up, who was turned away, when it was busiest; and rows rebuilt."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending
from models.queueing.numbers import take_number
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, UNDONE, NotPossible, Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import (
    DayFigures,
    QueueDay,
    day_figures,
    days_to_refresh,
    days_without_row,
    figures_by_day,
    row_of_day,
    store_day,
)
from models.statistics.day_events import DayTexts
from models.statistics.distributions import Count
from models.statistics.span import QueueOnDay, Span, span_of
from models.statistics.timelines import Visit
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
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

TODAY = date(2026, 3, 10)
A_DAY = timedelta(days=1)
LISBON = ZoneInfo("Europe/Lisbon")


LATER = NOON + timedelta(days=60)


def figures(*queues: Queue, day: date = TODAY) -> Span:
    with reading() as session:
        return span_of(session, [session.get_one(Queue, queue.id) for queue in queues], day, day, LATER)


def leave(queue: Queue, number: int, reason: str | None = None) -> None:
    change(
        number, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(9), reason=reason)
    )


def finish(queue: Queue, number: int, now: datetime) -> None:
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=now))


def refresh(queue: Queue, day: date, now: datetime) -> bool:
    """True if the row was written."""
    with reading() as session:
        row = row_of_day(session, session.get_one(Queue, queue.id), day, now)
    if row is not None:
        transaction(lambda session: store_day(session, row))
    return row is not None


def joined_in(row: QueueDay) -> int:
    return DayFigures.from_json(row.figures).whole[Count.JOINED]


def stored(queue: Queue) -> dict[date, QueueDay]:
    with reading() as session:
        rows = session.scalars(select(QueueDay).where(QueueDay.queue_id == queue.id))
        return {row.day: row for row in rows}


def try_to_join(queue: Queue, who: str, now: datetime) -> None:
    """As a customer does; people who are turned away are recorded too."""

    def work(session: Session) -> None:
        from_shop = Queue.lock(session, queue.id)
        customer = session.get_one(Ticket, 1).customer
        try:
            take_number(session, from_shop, customer, source=Source.TEXT, by=By.customer(), now=now)
        except NotPossible:
            return

    transaction(work)


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
    made = day_figures(visits, [], DayTexts(), zone=LISBON, start=NOON, end=LATER)
    assert Span.of_days([QueueOnDay(1, TODAY, made)]).busiest_hour() == 13


def test_who_was_turned_away_is_counted_on_the_day(db: Database, business: Business, queue: Queue) -> None:
    join(queue, ANA, NOON)
    leave(queue, 1)
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "state", QueueState.CLOSED))
    start = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    for moment in (start - minutes(1), start, start + A_DAY - minutes(1), start + A_DAY):
        try_to_join(queue, BEN, moment)
    assert [figures(queue, day=TODAY + days * A_DAY).whole.turned_away for days in (-1, 0, 1)] == [1, 2, 1]


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


def test_a_row_is_written_when_something_has_changed(db: Database, queue: Queue) -> None:
    assert not refresh(queue, TODAY, NOON)  # nobody yet: no row
    join(queue, ANA, NOON)
    leave(queue, 1)
    assert refresh(queue, TODAY, NOON)
    assert not refresh(queue, TODAY, NOON + minutes(1))
    join(queue, BEN, NOON + minutes(1))
    assert refresh(queue, TODAY, NOON + minutes(2))
    assert joined_in(stored(queue)[TODAY]) == 2


def test_a_row_is_final_once_the_day_can_no_longer_change(
    db: Database, business: Business, rosa: Servicer
) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(queue, ANA, NOON), join(queue, BEN, NOON)
    end = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
    call_next(queue, rosa, NOON)
    finish(queue, 1, NOON + minutes(5))
    refresh(queue, TODAY, end + timedelta(hours=7))
    assert not stored(queue)[TODAY].is_final  # Ben still waits
    with reading() as session:
        assert TODAY in days_to_refresh(session, queue.id, TODAY + 5 * A_DAY)
    call_next(queue, rosa, end + timedelta(hours=8))
    finish(queue, 2, end + timedelta(hours=9))
    refresh(queue, TODAY, end + timedelta(hours=10))
    assert not stored(queue)[TODAY].is_final  # a press can be taken back, a rating may come
    refresh(queue, TODAY, end + timedelta(hours=15))
    row = stored(queue)[TODAY]
    assert (row.is_final, DayFigures.from_json(row.figures).whole[Count.SERVED]) == (True, 2)
    with reading() as session:
        assert TODAY not in days_to_refresh(session, queue.id, TODAY + 5 * A_DAY)


def test_what_another_clock_computed_later_is_not_overwritten(db: Database, queue: Queue) -> None:
    join(queue, ANA, NOON)
    with reading() as session:
        early = row_of_day(session, session.get_one(Queue, queue.id), TODAY, NOON)
    join(queue, BEN, NOON)
    assert refresh(queue, TODAY, NOON + minutes(1))
    assert early is not None
    transaction(lambda session: store_day(session, early))
    assert joined_in(stored(queue)[TODAY]) == 2


def test_days_that_have_tickets_and_no_row_are_found(db: Database, business: Business, queue: Queue) -> None:
    for days in (0, 2, 3, 40):
        join(queue, phone(days), NOON + days * A_DAY)
    join(make_queue(business, "OTHER"), ANA, NOON + A_DAY)
    refresh(queue, TODAY + 2 * A_DAY, NOON + 2 * A_DAY)
    with reading() as session:
        assert days_without_row(session, session.get_one(Queue, queue.id), TODAY + 40 * A_DAY) == [
            TODAY + 3 * A_DAY,
            TODAY,
        ]
        assert days_without_row(session, session.get_one(Queue, queue.id), TODAY) == []


def test_figures_by_day_are_the_same_with_and_without_rows(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    for days in range(4):
        now = NOON + days * A_DAY
        join(queue, phone(days), now), call_next(queue, rosa, now + minutes(days))
        finish(queue, 1, now + minutes(9)) if days == 0 else _finish_last(queue, now + minutes(9))
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        without = figures_by_day(session, mine, None, None, LATER)
    for days in range(3):
        refresh(queue, TODAY + days * A_DAY, NOON + 9 * A_DAY)
    assert all(row.is_final for row in stored(queue).values())
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        assert figures_by_day(session, mine, None, None, LATER) == without
        first, last = TODAY + A_DAY, TODAY + 2 * A_DAY
        assert list(figures_by_day(session, mine, first, last, LATER)) == [first, last]
        span = span_of(session, [mine], None, None, LATER)
    assert span.whole[Count.JOINED] == sum(day.whole[Count.JOINED] for day in without.values()) == 4


def _finish_last(queue: Queue, now: datetime) -> None:
    def work(session: Session) -> None:
        last = session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first()
        assert last is not None
        ticket = Ticket.lock(session, last)
        assert ticket is not None
        ending.finish(session, ticket, by=By.clock(), now=now)

    transaction(work)


def test_a_day_of_which_everything_was_undone_has_a_row_and_is_no_day_of_the_figures(
    db: Database, queue: Queue
) -> None:
    join(queue, ANA, NOON)
    leave(queue, 1, UNDONE)
    assert refresh(queue, TODAY, LATER)
    assert stored(queue)[TODAY].is_final
    assert figures(queue).is_empty
    with reading() as session:
        assert days_without_row(session, session.get_one(Queue, queue.id), TODAY + A_DAY) == []

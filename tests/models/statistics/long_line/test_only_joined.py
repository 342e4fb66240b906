"""Who only waits is counted by the hour, and counts as each by themselves would."""

from datetime import timedelta

from hypothesis import given, strategies as st

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.statistics.day_events import tickets_of_days, with_more
from models.statistics.distributions import Count, Measure
from models.statistics.long_line.only_joined import who_only_joined
from models.statistics.long_line.waiting_by_hour import Joined, WaitingByHour
from models.statistics.timelines import Visit
from models.storage.database import Database, reading
from tests.models.statistics.day_rows import LATER, LISBON, TODAY, counted, leave
from tests.world import NOON, call_next, change, join, minutes, phone

PROMISES = st.one_of(st.just((None, None)), st.tuples(st.integers(1, 30), st.integers(31, 60)))


@st.composite
def who_waits(draw: st.DrawFn) -> Joined:
    low, high = draw(PROMISES)
    source = draw(st.sampled_from([None, *Source]))
    ahead = draw(st.one_of(st.none(), st.integers(-1, 300)))
    return Joined(NOON + timedelta(seconds=draw(st.integers(0, 60_000))), source, low, high, ahead)


@given(st.lists(who_waits(), max_size=30), st.lists(who_waits(), max_size=5))
def test_they_count_as_one_by_one(waiting: list[Joined], gone: list[Joined]) -> None:
    one_by_one = [
        Visit(TicketState.WAITING, at, source=source and Source(source), low=low, high=high, ahead=ahead)
        for at, source, low, high, ahead in waiting
    ]
    by_hour = WaitingByHour(LISBON)
    for ticket_id, joined in enumerate([*waiting, *gone]):
        by_hour.add(ticket_id, joined)
    for ticket_id in range(len(waiting), len(waiting) + len(gone)):
        by_hour.remove(ticket_id)
    day = {"zone": LISBON, "start": NOON, "end": LATER}
    expected = counted(one_by_one, **day)
    assert counted([], only_joined=by_hour, **day).as_json() == expected.as_json()


def test_who_was_called_left_or_came_with_a_history_is_read_whole(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    for index in range(5):
        join(queue, phone(index), NOON + minutes(index))
    call_next(queue, rosa, NOON + minutes(10))
    leave(queue, 2)
    change(3, queue, lambda s, ticket: setattr(ticket, "source", Source.HISTORY))
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        waiting = who_only_joined(session, mine, [TODAY]).by_day[TODAY]
        with_others = set(session.scalars(with_more(queue.id, [TODAY])))
        everybody = tickets_of_days(session, queue.id, [TODAY])[TODAY]
    others = [event for event in everybody if event.ticket_id in with_others]
    [tally] = waiting.tallies(NOON + minutes(5)).values()
    assert sorted(tally.durations[Measure.UNANSWERED]) == [60, 120]
    assert (tally[Count.JOINED], tally[Count.BY_TEXT]) == (2, 2)
    joined_last = sorted(event.ticket_id for event in everybody if event.ticket_id)[-2:]
    assert others == [event for event in everybody if event.ticket_id not in joined_last]

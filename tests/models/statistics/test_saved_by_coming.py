"""No-shows that *Coming* avoided: called longer than the queue waits otherwise, and served in the end."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.statistics.distributions import Count
from models.statistics.span import span_of
from models.storage.database import Database, reading, transaction
from tests.models.statistics.coming import live_through
from tests.models.statistics.day_rows import LATER, TODAY, figures, refresh, stored
from tests.world import BEN, NOON, call_next, join, minutes, ticket

# The queue gives up five minutes after the call.
SAVED = [
    "called 0, on my way 1, start 5.5, done 20",
    "called 0, coming pressed 1, start 8, done 20",
    "called 0, 10 min late 1, on my way 9, here 12, done 20",  # started by nobody, but here
    "called 0, on my way 4, done 8",  # nobody pressed Start: called until then
    "called 0, on my way 1, called again 7, start 8, done 20",
    "called 0, called again 4, on my way 5, start 9.5, done 20",
    "called 0, on my way 1, put back 7, called 30, start 31, done 40",
    "called 0, start 1, put back 2, called 30, on my way 31, start 36, done 40",
]
NOT_SAVED = [
    "called 0, start 8, done 20",  # nobody knew: no Coming
    "called 0, on my way 1, start 5, done 20",  # in time
    "called 0, on my way 1, here 4, start 9, done 20",
    "called 0, here 1, on my way 2, start 9, done 20",
    "called 0, coming pressed 1, undo 1.1, start 8, done 20",
    "called 0, called again 4, on my way 5, start 8, done 20",
    "called 0, on my way 1, put back 2, called 30, start 36, done 40",
    "called 0, on my way 1, no-show 8",
    "called 0, on my way 1, no-show 8, brought back 9, called 10, start 11, done 20",
    "called 0, on my way 1, leave 8",
    "called 0, on my way 1",  # who knows
    "on my way -5, called 0, start 8, done 20",  # not called yet
]


@pytest.mark.parametrize(
    ("story", "saved"), [*((story, 1) for story in SAVED), *((story, 0) for story in NOT_SAVED)]
)
def test_whom_coming_saved_from_being_a_no_show(
    db: Database, queue: Queue, rosa: Servicer, story: str, saved: int
) -> None:
    live_through(queue, rosa, story)
    found = figures(queue).whole
    assert found[Count.SAVED] == saved
    assert found[Count.SAVED] <= found[Count.SERVED]
    assert (ticket(queue, 1).state == TicketState.SERVED) == ("done" in story)


def test_it_is_stored_with_its_day_and_summed_with_the_year(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    live_through(queue, rosa, SAVED[0])
    join(queue, BEN), call_next(queue, rosa, NOON + minutes(21))
    assert refresh(queue, TODAY, LATER)
    (row,) = stored(queue).values()
    assert '"saved_by_coming": 1' in str(row.figures).replace("'", '"')
    with reading() as session:
        year = span_of(
            session, [session.get_one(Queue, queue.id)], date(2026, 1, 1), date(2026, 12, 31), LATER
        )
    assert year.whole[Count.SAVED] == 1
    assert {key: tally[Count.SAVED] for key, tally in year.by_servicer().items()} == {str(rosa.id): 1}


def test_a_rule_that_is_changed_later_changes_no_past_day(db: Database, queue: Queue, rosa: Servicer) -> None:
    live_through(queue, rosa, SAVED[0])

    def patient(session: Session) -> None:
        session.get_one(Queue, queue.id).no_show_minutes = 30

    transaction(patient)
    assert figures(queue).whole[Count.SAVED] == 1

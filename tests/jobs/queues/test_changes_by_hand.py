"""What people change by hand holds until the next time of the hours."""

from datetime import date, timedelta

from jobs.queues.opening_hours import Openings
from models.people.actors import Actor
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import Holiday
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.jobs.queues.hours import A_DAY, FIVE, NINE, by_hand, closes, history, opens, pauses
from tests.world import ANA, NOON, join, line, minutes, press, state


def test_a_restart_neither_repeats_nor_forgets(shop: Queue, rosa: Servicer) -> None:
    Openings().run(NINE)
    by_hand(shop, rosa, closes(NINE + minutes(1)), NINE + minutes(1))
    Openings().run(NINE + minutes(2))
    assert state(shop) == QueueState.CLOSED
    Openings().run(NINE + A_DAY)
    assert state(shop) == QueueState.OPEN


def test_who_opens_early_is_not_closed_again(shop: Queue, rosa: Servicer) -> None:
    early = NINE - minutes(20)
    by_hand(shop, rosa, opens(early), early)
    for later in (1, 19, 20, 21):
        Openings().run(early + minutes(later))
        assert state(shop) == QueueState.OPEN
    assert history(shop) == [(EventKind.OPENED, Actor.SERVICER)]
    Openings().run(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_who_closes_early_is_not_opened_again_that_day(shop: Queue, rosa: Servicer) -> None:
    Openings().run(NINE)
    by_hand(shop, rosa, closes(NOON), NOON)
    for hours in (1, 5, 6, 20):
        Openings().run(NOON + timedelta(hours=hours))
        assert state(shop) == QueueState.CLOSED
    Openings().run(NINE + A_DAY)
    assert state(shop) == QueueState.OPEN


def test_a_pause_holds_until_closing_time(shop: Queue, rosa: Servicer) -> None:
    Openings().run(NINE)
    by_hand(shop, rosa, pauses(NOON), NOON)
    Openings().run(FIVE - minutes(1))
    assert state(shop) == QueueState.PAUSED
    Openings().run(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_who_stays_on_after_closing_time_is_left_alone(shop: Queue, rosa: Servicer) -> None:
    Openings().run(NINE)
    Openings().run(FIVE)
    later = FIVE + minutes(2)
    by_hand(shop, rosa, opens(later), later)
    join(shop, ANA, later)
    Openings().run(later + timedelta(hours=3))
    assert (state(shop), line(shop)) == (QueueState.OPEN, [1])


def test_a_hand_that_was_quicker_than_the_clock_counts(shop: Queue, rosa: Servicer) -> None:
    """The clock was away at nine; somebody opened, and paused a minute later."""
    by_hand(shop, rosa, opens(NINE + minutes(1)), NINE + minutes(1))
    by_hand(shop, rosa, pauses(NINE + minutes(2)), NINE + minutes(2))
    Openings().run(NINE + minutes(3))
    assert state(shop) == QueueState.PAUSED


def test_a_close_that_was_undone_stays_undone_until_closing_time(shop: Queue, rosa: Servicer) -> None:
    Openings().run(NINE)
    by_hand(shop, rosa, closes(NOON), NOON)
    now = NOON + minutes(1)
    press(shop, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=now), now, button=Button.UNDO)
    Openings().run(NOON + minutes(2))
    assert state(shop) == QueueState.OPEN
    Openings().run(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_a_host_with_its_clock_behind_repeats_nothing(shop: Queue, rosa: Servicer) -> None:
    Openings().run(FIVE)
    behind = FIVE - timedelta(seconds=2)
    by_hand(shop, rosa, opens(behind), behind)
    Openings().run(FIVE + timedelta(seconds=3))
    assert state(shop) == QueueState.OPEN


def test_who_opens_by_hand_on_a_holiday_is_closed_at_the_usual_time(
    shop: Queue, business: Business, rosa: Servicer
) -> None:
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=date(2026, 3, 10))))
    by_hand(shop, rosa, opens(NOON), NOON)
    Openings().run(FIVE)
    assert state(shop) == QueueState.CLOSED

"""A day's people in quarter hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.statistics.forecasts.quarters import Quarter, as_json, quarter_at, quarters_from, tally, time_of
from models.statistics.timelines import Visit
from tests.world import minutes

LISBON = ZoneInfo("Europe/Lisbon")
TUESDAY = date(2026, 3, 10)
AT_TEN = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def served(joined: datetime, wait: float, service: float = 5) -> Visit:
    called = joined + minutes(wait)
    visit = Visit(TicketState.SERVED, joined, called, called)
    visit.ended_at = called + minutes(service)
    return visit


def test_each_counts_where_they_joined() -> None:
    visits = [served(AT_TEN, 10), served(AT_TEN + minutes(14), 20), served(AT_TEN + minutes(15), 4)]
    found = tally(visits, [], [], day=TUESDAY, zone=LISBON)
    assert found[40] == Quarter(joined=2, served=2, service=600, waits=2, waited=1800)
    assert found[41] == Quarter(joined=1, served=1, service=300, waits=1, waited=240)
    assert (found[40].wait, found[41].wait) == (900, 240)


def test_who_was_not_served_by_closing_has_no_wait() -> None:
    gone = Visit(TicketState.LEFT, AT_TEN, ended_at=AT_TEN + minutes(60), reason=DAY_ENDED)
    assert tally([gone], [], [], day=TUESDAY, zone=LISBON)[40] == Quarter(joined=1, unserved=1)


def test_duty_is_shared_among_quarter_hours_and_an_empty_one_tells_when_the_line_was_through() -> None:
    duties = [[(AT_TEN + minutes(5), AT_TEN + minutes(60))], [(AT_TEN, AT_TEN + minutes(15))]]
    found = tally([served(AT_TEN, 40)], duties, [], day=TUESDAY, zone=LISBON)
    assert [found[number].on_duty for number in (40, 41, 42, 43)] == [1 + 10 / 15, 1, 1, 1]
    assert [found[number].wait for number in (40, 41, 42, 43)] == [2400, 1500, 600, 0]


def test_an_hour_that_comes_twice_is_twice_as_long() -> None:
    day = date(2026, 10, 25)  # at 2 the clock in Lisbon goes back to 1
    duty = [(datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))]
    found = tally([], [duty], [], day=day, zone=LISBON)
    assert {number: found[number].on_duty for number in found} == {4: 2, 5: 2, 6: 2, 7: 2}


def test_a_shift_past_midnight_goes_on_counting() -> None:
    after_midnight = datetime(2026, 3, 11, 1, 30, tzinfo=UTC)
    assert quarter_at(after_midnight, TUESDAY, LISBON) == 102
    assert (time_of(102), time_of(60)) == (time(1, 30), time(15))


def test_what_is_stored_is_what_was_counted() -> None:
    duty = [[(AT_TEN, AT_TEN + timedelta(hours=1))]]
    found = tally([served(AT_TEN, 10)], duty, [AT_TEN], day=TUESDAY, zone=LISBON)
    assert found[40].closed == 1
    assert quarters_from(as_json(found)) == found

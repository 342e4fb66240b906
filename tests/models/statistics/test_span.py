"""However figures are grouped, they add up to the same whole; a stored day is read back unchanged."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from models.people.business import Business
from models.queueing.tables.ticket_states import DAY_ENDED, Source, TicketState
from models.statistics.daily import DayFigures
from models.statistics.distributions import Count, Measure, Tally
from models.statistics.span import QueueOnDay, Span, by_day
from models.statistics.sums import StoredSums, Sums
from models.statistics.timelines import Visit
from tests.models.statistics.day_rows import counted
from tests.world import minutes

ZONE = "Europe/Lisbon"
CHANGING = [ZONE, "Europe/Athens", "Atlantic/Azores"]  # all at the same moment, at other hours
BUSINESS = Business(timezone=ZONE, day_start_hour=4)
# Around the nights in which the clocks go forward and back.
MOMENTS = st.one_of(
    *(
        st.integers(0, 4 * 24 * 60).map(lambda minute, start=start: start + minutes(minute))
        for start in (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC))
    )
)


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    joined_at = draw(MOMENTS)
    state = draw(st.sampled_from(TicketState))
    is_called = state in ("called", "serving", "served", "no_show") or draw(st.booleans())
    is_called = is_called and state != "waiting"
    called_at = joined_at + minutes(draw(st.floats(0, 2000))) if is_called else None
    is_live = state in ("waiting", "called", "serving")
    ended_at = None if is_live else (called_at or joined_at) + minutes(draw(st.floats(0, 300)))
    low = draw(st.none() | st.integers(1, 60))
    return Visit(
        state,
        joined_at,
        called_at,
        ended_at=ended_at,
        reason=draw(st.sampled_from([None, DAY_ENDED])),
        source=draw(st.sampled_from(Source)),
        servicer=draw(st.sampled_from(["1", "2", "=Eva"])) if is_called else None,
        desk_id=draw(st.none() | st.integers(1, 3)) if is_called else None,
        low=low,
        high=None if low is None else low + 10,
        rating=draw(st.none() | st.integers(1, 5)),
    )


def duties_of_days() -> st.SearchStrategy[list[dict[str, tuple[float, float]]]]:
    seconds = st.integers(0, 30 * 3600 * 10**6).map(lambda microseconds: microseconds / 10**6)
    return st.lists(st.dictionaries(st.sampled_from(["1", "=Eva"]), st.tuples(seconds, seconds)), max_size=9)


ASKED_OF_A_SPAN: tuple[Callable[[Span], object], ...] = (
    Span.by_hour,
    Span.by_weekday,
    Span.by_queue,
    Span.by_servicer,
    Span.by_desk,
    Span.joined_by_weekday_and_hour,
    Span.busiest_hour,
    Span.gave_up,
    Span.duties,
    Span.texts,
    lambda span: span.whole,
    lambda span: (span.whole.statistics(), span.whole.wait_with_gave_up, span.whole.promises),
)


def figures_of(found: Sequence[Visit], day: date, business: Business = BUSINESS) -> DayFigures:
    start, end = business.start_of(day), business.end_of(day)
    return counted(found, zone=business.zone, start=start, end=end)


def by_days(found: Sequence[Visit]) -> dict[date, list[Visit]]:
    days: dict[date, list[Visit]] = {}
    for visit in found:
        days.setdefault(BUSINESS.day_of(visit.joined_at), []).append(visit)
    return days


@given(st.lists(visits(), max_size=25))
def test_hours_weekdays_servicers_and_days_add_up_to_the_same_whole(found: list[Visit]) -> None:
    days = by_days(found)
    each_day = [QueueOnDay(1, day, figures_of(of_day, day)) for day, of_day in days.items()]
    span = Span.of_days(each_day)
    whole = Tally()
    for day, of_day in days.items():
        whole += Tally.of(of_day, BUSINESS.end_of(day))
    assert span.whole == whole
    assert whole[Count.JOINED] == len(found)
    ((sums,),) = span.parts.values() if found else ((Sums(),),)
    by_whom_and_where = sums.by_servicer, sums.by_desk
    for parts in (
        span.by_hour(),
        span.by_weekday(),
        by_day(each_day),
        span.by_queue(),
        *by_whom_and_where,
    ):
        together = Tally()
        for part in parts.values():
            together += part
        assert together == whole
    assert sum(span.joined_by_weekday_and_hour().values()) == len(found)


@given(st.lists(visits(), max_size=25), st.randoms())
def test_a_day_made_at_once_or_little_by_little_and_stored_is_the_same(found: list[Visit], dice) -> None:  # type: ignore[no-untyped-def]
    day = date(2026, 3, 29)
    made = figures_of(found, day)
    assert DayFigures.from_json(made.as_json()).as_json() == made.as_json()
    shuffled = list(found)
    dice.shuffle(shuffled)
    assert figures_of(shuffled, day).as_json() == made.as_json()
    grown = Tally()
    for visit in shuffled:
        grown += Tally.of([visit], BUSINESS.end_of(day))
    assert grown == made.whole


@given(st.lists(visits(), max_size=25), st.integers(0, 12), duties_of_days())
def test_days_added_up_kept_and_read_again_are_the_days_themselves(
    found: list[Visit], first_part: int, duties: list[dict[str, tuple[float, float]]]
) -> None:
    days = sorted(by_days(found).items())
    each_day = [QueueOnDay(1, day, figures_of(of_day, day)) for day, of_day in days]
    for one, theirs in zip(each_day, duties, strict=False):
        one.figures.duties = theirs
    parts = []
    for part in (each_day[:first_part], each_day[first_part:]):
        sums = Sums()
        for _, day, figures in part:
            sums.add_day(day, figures)
        kept, durations = sums.packed()
        parts.append(StoredSums(json.loads(json.dumps(kept)), durations))
    one_by_one = Span.of_days(each_day)
    added_up = Span({1: parts}) if found else Span({})
    for ask in ASKED_OF_A_SPAN:
        assert ask(added_up) == ask(one_by_one)


@given(
    st.lists(visits(), max_size=25),
    st.sampled_from(CHANGING),
)
def test_a_clock_change_moves_people_to_other_hours_and_changes_no_duration(
    found: list[Visit], zone: str
) -> None:
    shop, plain = Business(timezone=zone, day_start_hour=4), Tally()
    days = defaultdict(list)
    for visit in found:
        days[shop.day_of(visit.joined_at)].append(visit)
        plain += Tally.of([visit], shop.end_of(shop.day_of(visit.joined_at)))
    span = Span.of_days(QueueOnDay(1, day, figures_of(of_day, day, shop)) for day, of_day in days.items())
    assert span.whole == plain
    by_seconds = sorted((v.called_at - v.joined_at).total_seconds() for v in found if v.called_at)
    assert sorted(span.whole.durations[Measure.WAIT]) == by_seconds
    on_the_wall = Counter(visit.joined_at.astimezone(shop.zone).hour for visit in found)
    assert {hour: tally[Count.JOINED] for hour, tally in span.by_hour().items()} == on_the_wall


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25)])
def test_a_day_in_which_the_clocks_change_has_its_own_length(day: date, hours: int) -> None:
    assert BUSINESS.end_of(day) - BUSINESS.start_of(day) == timedelta(hours=hours)
    first, last = BUSINESS.start_of(day), BUSINESS.end_of(day) - timedelta(seconds=1)
    assert (BUSINESS.day_of(first), BUSINESS.day_of(last)) == (day, day)
    span = Span.of_days([QueueOnDay(1, day, figures_of([Visit(TicketState.CALLED, first, last)], day))])
    assert span.whole.wait.max == hours * 3600 - 1

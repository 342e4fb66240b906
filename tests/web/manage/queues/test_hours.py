"""Opening hours and holidays on the manager's pages."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from models.people.business import Business
from models.queueing.hours import opening_hours
from models.queueing.hours.opening_hours import holidays_of, hours_of
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.web.visitor import Page, Visitor
from tests.world import ANA, join, outbox, state

PAGE = "/manage/queues/CET236/hours"


def hours(queue: Queue) -> dict[int, tuple[time, time]]:
    with reading() as session:
        return {day: (row.opens_at, row.closes_at) for day, row in hours_of(session, queue.id).items()}


def save(visitor: Visitor, **fields: str) -> None:
    """Submits the form as shown, with these changes; like a browser, sends the chosen radio button.

    Whether the hours leave it open now, which depends on when the test runs, is answered beforehand.
    """
    visitor.open(PAGE)
    visitor.press("Save", **({"now": "keep"} | fields))


def test_hours_are_saved_for_the_days_ticked(queue: Queue, rosas: Visitor) -> None:
    save(rosas, by="clock", **{"opens-4": "10:00", "closes-4": "02:00"})
    nine_to_five = (time(9), time(17))
    assert hours(queue) == dict.fromkeys(range(4), nine_to_five) | {4: (time(10), time(2))}
    assert rosas.page.notices == ["Hours saved."]
    assert "Mon–Thu" in rosas.page.text


def test_midnight_to_midnight_is_the_whole_day(queue: Queue, rosas: Visitor) -> None:
    save(rosas, by="clock", **{"opens-0": "00:00", "closes-0": "00:00"})
    assert hours(queue)[0] == (time(0), time(0))


def test_by_hand_forgets_the_hours(queue: Queue, rosas: Visitor) -> None:
    save(rosas, by="clock")
    save(rosas, by="hand")
    assert hours(queue) == {}


def test_saving_the_same_says_so(queue: Queue, rosas: Visitor) -> None:
    save(rosas, by="clock")
    save(rosas, by="clock")
    assert rosas.page.notices == ["These are already its hours."]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens-0": "nine"}, "Write both times like 09:00."),
        ({"opens-0": "25:00"}, "Write both times like 09:00."),
        ({"opens-0": "17:00"}, "It can't close at the time it opens. Change one of them."),
    ],
)
def test_a_time_that_can_not_be_is_refused_beside_its_day(
    queue: Queue, rosas: Visitor, fields: dict[str, str], words: str
) -> None:
    save(rosas, by="clock", **({"closes-1": "18:30"} | fields))
    assert (rosas.page.status, hours(queue)) == (422, {})
    assert words in rosas.page.text
    assert rosas.page.form_of("Save")[1]["closes-1"] == "18:30"


def test_a_week_without_a_day_is_refused(queue: Queue, rosas: Visitor) -> None:
    rosas.open(PAGE)
    token = rosas.page.form_of("Save")[1]["csrf_token"]
    answer = rosas.client.post(PAGE, data={"csrf_token": token, "by": "clock"})
    assert answer.status_code == 422
    assert "Tick at least one day" in answer.text


def test_a_holiday_is_added_and_removed(business: Business, queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/holidays")
    page = rosas.press("Add", day="2026-12-25", name="Christmas")
    assert page.notices == ["Queues won't open automatically on that day."]
    assert "Friday, December 25, 2026 Christmas" in page.text
    with reading() as session:
        assert holidays_of(session, business.id) == {date(2026, 12, 25)}
    assert rosas.press("Remove").notices == ["Queues open on that day again."]
    with reading() as session:
        assert holidays_of(session, business.id) == frozenset()


def test_so_many_holidays_are_to_come_and_removing_one_makes_room(
    business: Business, queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_hours, "MOST_HOLIDAYS", 1)
    rosas.open("/manage/holidays")
    assert rosas.press("Add", day="2099-12-26").status == 200
    page = rosas.press("Add", day="9999-12-31")
    assert (page.status, "Add this one later." in page.text) == (422, True)
    assert rosas.press("Add", day="2099-12-26", name="Boxing Day").status == 200
    rosas.press("Remove")
    assert rosas.press("Add", day="9999-12-31").status == 200
    with reading() as session:
        assert holidays_of(session, business.id) == {date(9999, 12, 31)}


def test_a_holiday_today_says_that_open_queues_stay_open(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/holidays")
    page = rosas.press("Add", day="2026-03-10")
    assert "Queues that are open now stay open" in page.notices[1]


@pytest.mark.parametrize(
    ("day", "words"),
    [("", "Choose a day."), ("soon", "That isn't a date"), ("2020-01-01", "That day has passed.")],
)
def test_a_day_that_can_not_be_is_refused(queue: Queue, rosas: Visitor, day: str, words: str) -> None:
    rosas.open("/manage/holidays")
    page = rosas.press("Add", day=day, name="Feast")
    assert page.status == 422
    assert words in page.text
    assert page.form_of("Add")[1]["name"] == "Feast"


def test_removing_a_day_that_is_no_holiday_says_so(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/holidays")
    token = rosas.page.form_of("Add")[1]["csrf_token"]
    for day in ("2026-12-25", "nonsense"):
        answer = rosas.client.post(
            "/manage/holidays/remove", data={"csrf_token": token, "day": day}, follow_redirects=True
        )
        assert "That day isn&#39;t a holiday." in answer.text


# Hours that begin later --------------------------------------------------------------------------------


def save_for_tomorrow(visitor: Visitor) -> Page:
    """Hours that say: closed now, and open in a day or two."""
    today = datetime.now(ZoneInfo("Europe/Lisbon")).weekday()
    visitor.open(PAGE)
    token = visitor.page.form_of("Save")[1]["csrf_token"]
    day = (today + 2) % 7
    hours = {f"open-{day}": "on", f"opens-{day}": "09:00", f"closes-{day}": "17:00"}
    answer = visitor.client.post(
        PAGE, data={"csrf_token": token, "by": "clock"} | hours, follow_redirects=True
    )
    return visitor._show(answer)


def test_hours_that_begin_later_ask_whether_the_open_queue_closes_now(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    page = save_for_tomorrow(rosas)
    assert page.headings[0] == "Haircuts is open now. Close it?"
    assert "By these hours it should be closed now. It opens on" in page.text
    assert "If you close it now, we'll text the 1 person waiting." in page.text
    assert (hours(queue), state(queue)) == ({}, QueueState.OPEN)
    page = rosas.press("Save and close it now", now="close")
    assert page.notices == ["Hours saved."]
    assert (len(hours(queue)), state(queue)) == (1, QueueState.CLOSED)
    assert outbox(queue) == [(1, "day_ended", "waiting")]


def test_it_may_be_left_open(queue: Queue, rosas: Visitor) -> None:
    save_for_tomorrow(rosas)
    rosas.press("Save and leave it open", now="keep")
    assert (len(hours(queue)), state(queue)) == (1, QueueState.OPEN)


def test_a_closed_queue_is_not_asked_about(queue: Queue, rosas: Visitor) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "state", QueueState.CLOSED))
    assert save_for_tomorrow(rosas).notices == ["Hours saved."]

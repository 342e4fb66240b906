"""The statistics pages: a day's figures and tickets, both as CSV; only for managers of the business."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.statistics.forecasts.day_forecasts import DayForecast
from models.storage.database import Database, transaction
from tests.acceptance.installation import comes_true
from tests.models.queueing.undo.presses import send_on
from tests.models.statistics.coming import live_through
from tests.web.visitor import Visitor
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    make_business,
    make_number,
    make_queue,
    minutes,
)

DAY = "span=day&on=2026-03-10"


@pytest.fixture
def shop(queue: Queue, rosa: Servicer) -> Queue:
    """Ana waited 12 minutes and was served; Ben, whose name is a spreadsheet formula, left after 20."""
    join(queue, ANA, NOON - minutes(60))
    join(queue, BEN, NOON - minutes(59), name="=1+1")
    call_next(queue, rosa, NOON - minutes(48))
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON - minutes(40)))
    change(2, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON - minutes(39)))
    return queue


@pytest.mark.parametrize("span", ["day", "week", "month", "year"])
def test_a_manager_sees_what_the_days_were_like(shop: Queue, rosas: Visitor, span: str) -> None:
    page = rosas.open(f"/manage/statistics?span={span}&on=2026-03-10")
    assert page.status == 200
    assert "Median wait 12 min" in page.text
    assert "Gave up 1" in page.text
    assert [title.text for title in page.root.all("title")][1:]
    assert len(page.root.all("svg", role="img")) >= 4


def test_a_manager_sees_how_well_waits_were_promised(shop: Queue, rosas: Visitor) -> None:
    page = rosas.open(f"/manage/statistics?{DAY}")
    # Ana, with nobody ahead, was told two and a half minutes and waited twelve; Ben gave up.
    assert "How accurate our waits were" in page.text
    assert "0 1 0 % 9.5 min −9.5 min" in page.text
    assert "11–12 1 0 % 9.5 min −9.5 min" in page.text
    assert "1-2 0 none none none" in page.text
    assert "Not counted: 1 who gave up before being called, and 0 who weren't called." in page.text


def test_a_manager_sees_how_many_no_shows_coming_avoided(
    queue: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    live_through(queue, rosa, "called 0, on my way 1, start 8")
    assert "No-shows avoided" not in rosas.open(f"/manage/statistics?{DAY}").text
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON + minutes(9)))
    for days in (DAY, "span=year&on=2026-03-10"):
        page = rosas.open(f"/manage/statistics?{days}")
        assert "No-shows avoided 1 on their way, waited for and served" in page.text
        assert "Wrote to the counter 1 none answered" in page.text


def test_with_several_channels_each_is_told_what_it_reached(
    shop: Queue, business: Business, rosas: Visitor
) -> None:
    assert "Billed" not in rosas.open(f"/manage/statistics?{DAY}").text
    make_number(business)
    for days in (DAY, "span=year&on=2026-03-10"):
        page = rosas.open(f"/manage/statistics?{days}")
        assert "SMS WhatsApp Took a number 2 0 Texts sent 0 0 Delivered 0 0 Read – 0 Failed 0 0" in page.text


def test_a_day_without_anybody_says_so_and_shows_no_zero(queue: Queue, rosas: Visitor) -> None:
    page = rosas.open("/manage/statistics?on=2026-03-08")
    assert "Nobody came" in page.text
    assert page.root.all("svg", role="img") == []
    assert rosas.open("/manage/statistics?on=nonsense").status == 200
    assert rosas.open("/manage/statistics?span=century").status == 404


def test_the_tickets_lead_to_their_stories(shop: Queue, rosas: Visitor) -> None:
    page = rosas.open(f"/manage/statistics/tickets?{DAY}")
    assert "2 tickets" in page.text
    stories = [
        link.attributes["href"] for link in page.root.all("a") if "/ticket/" in link.attributes["href"]
    ]
    assert len(stories) == 2
    ana = next(row.text for row in page.root.all("tr") if "served" in row.text)
    assert "12 min" in ana
    assert "1 to 5 min" in ana  # what she was told
    assert all(rosas.open(address).status == 200 for address in stories)


def test_who_was_sent_on_to_another_queue_is_not_called_removed(
    business: Business, shop: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    join(shop, CAI, NOON - minutes(5))
    send_on(3, shop, make_queue(business, "SHAVES", name="Shaves"), rosa, NOON)
    page = rosas.open(f"/manage/statistics/tickets?{DAY}")
    assert "transferred" in page.text
    assert "removed" not in page.text.lower()


@pytest.mark.usefixtures("shop")
def test_five_figures_come_first_and_the_others_are_folded(rosas: Visitor) -> None:
    page = rosas.open(f"/manage/statistics?{DAY}")
    first = page.root.all("dl")[0]
    names = ["Took a number", "Served", "Median wait", "Median service", "Gave up"]
    assert [name.text for name in first.all("dt")] == names
    folded = " ".join(part.text for part in page.root.all("details"))
    assert "Didn't come when called" in folded
    assert "Were we right?" in folded


@pytest.mark.parametrize(
    ("became", "who"), [("served", ["1"]), ("gave_up", ["2"]), ("no_show", []), ("x", ["2", "1"])]
)
def test_a_figure_leads_to_the_tickets_that_it_counts(
    shop: Queue, rosas: Visitor, became: str, who: list[str]
) -> None:
    address = f"/manage/statistics/tickets?{DAY}&became={became}"
    links = rosas.open(address).root.all("a")
    assert [link.text for link in links if "/ticket/" in link.attributes["href"]] == who
    figures = [link.attributes["href"] for link in rosas.open(f"/manage/statistics?{DAY}").root.all("a")]
    leads = any(f"became={became}" in href for href in figures)
    assert leads == (became in ("served", "gave_up"))


def test_a_day_is_chosen_and_stays_chosen_with_its_kind(shop: Queue, rosas: Visitor) -> None:
    page = rosas.open("/manage/statistics?span=week&on=2026-03-04")
    (day,) = page.root.all("input", type="date")
    assert (day.attributes["value"], day.attributes["max"]) == ("2026-03-02", "2026-03-10")


def test_one_day_shows_its_hours_and_more_days_a_week_of_them(shop: Queue, rosas: Visitor) -> None:
    assert "Numbers taken, by hour." in rosas.open(f"/manage/statistics?{DAY}").text
    assert "by weekday and hour" in rosas.open("/manage/statistics?span=month&on=2026-03-10").text


def rows(visitor: Visitor, address: str) -> list[dict[str, str]]:
    response = visitor.client.get(address)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))


def test_tickets_as_csv_hold_no_formula_and_no_phone_unless_asked_for(shop: Queue, rosas: Visitor) -> None:
    ana, ben = rows(rosas, f"/manage/statistics/tickets.csv?{DAY}")
    assert (ana["joined_at"], ana["servicer"]) == ("2026-03-10T11:00:00+00:00", "Rosa")
    assert ben["name"] == "'=1+1"
    assert "phone" not in ana
    assert (ana["promised_low"], ana["promised_high"], ana["promised_expected"]) == ("1", "5", "2.5")
    assert rows(rosas, f"/manage/statistics/tickets.csv?{DAY}&phones=1")[0]["phone"] == f"'{ANA}"


def test_the_audit_log_says_whether_phones_left_with_the_tickets(shop: Queue, rosas: Visitor) -> None:
    rows(rosas, f"/manage/statistics/tickets.csv?{DAY}")
    assert "exported: statistics/tickets.csv" in rosas.open("/manage/audit").text
    assert "with phone numbers" not in rosas.open("/manage/audit").text
    rows(rosas, f"/manage/statistics/tickets.csv?{DAY}&phones=1")
    assert "exported: statistics/tickets.csv, with phone numbers" in rosas.open("/manage/audit").text


@pytest.mark.parametrize("page", ["tickets.csv", "days.csv"])
def test_who_downloads_slowly_holds_no_snapshot_of_the_database(
    shop: Queue, rosas: Visitor, db: Database, page: str
) -> None:
    answer = rosas.client.get(f"/manage/statistics/{page}?{DAY}", buffered=False)
    lines = answer.iter_encoded()
    next(lines), next(lines)
    assert comes_true(lambda: db.engine.pool.checkedout() == 0, 10), "held as long as it downloads"  # type: ignore[attr-defined]
    assert sum(1 for _ in lines) >= 1
    answer.close()


def test_days_as_csv_are_the_figures_of_the_page(shop: Queue, rosas: Visitor) -> None:
    (day,) = rows(rosas, f"/manage/statistics/days.csv?{DAY}")
    assert (day["day"], day["joined"], day["wait_median"], day["gave_up"]) == ("2026-03-10", "2", "720", "1")


@pytest.mark.parametrize("page", ["", "/tickets", "/tickets.csv", "/days.csv", "/tickets.xlsx", "/days.xlsx"])
def test_it_is_for_the_managers_of_the_business_alone(
    app: Flask, shop: Queue, luis: Servicer, rosas: Visitor, page: str
) -> None:
    address = f"/manage/statistics{page}"
    assert Visitor(app).sign_in(luis).open(address).status == 403
    elsewhere: Business = make_business(name="Clinic", number="+15550100001")
    make_queue(elsewhere, "CLINIC")
    assert rosas.open(f"{address}?queue=CLINIC").status == 404


def test_every_time_in_a_csv_has_its_offset_even_in_the_hour_that_comes_twice(
    app: Flask, queue: Queue, rosa: Servicer
) -> None:
    for who, hour in ((ANA, 0), (BEN, 1)):  # both at half past one in Lisbon
        join(queue, who, datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 10, 26, 12, tzinfo=UTC), tick=True):
        found = rows(Visitor(app).sign_in(rosa), "/manage/statistics/tickets.csv?span=month&on=2026-10-24")
    assert [row["joined_at"] for row in found] == ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"]


@pytest.mark.parametrize("what", ["tickets", "days"])
def test_a_program_gets_the_same_table_from_the_command(
    app: Flask, shop: Queue, rosas: Visitor, what: str
) -> None:
    on_page = rosas.client.get(f"/manage/statistics/{what}.csv?span=year&on=2026-03-10")
    printed = app.test_cli_runner().invoke(args=["stats", "CET236", "--csv", what]).stdout
    assert len(printed.splitlines()) > 1
    assert printed.splitlines() == on_page.get_data(as_text=True).removeprefix("\ufeff").splitlines()


def test_a_manager_sees_what_is_coming(queue: Queue, rosas: Visitor) -> None:
    hours = [[9, 4.0, 2, 6, 1, 1, 1], [12, 12.5, 8, 17, 2, 2, 3]]
    facts = {"like_days": 8, "busiest": 12, "limit": 15, "service": 5.0, "hours": hours}
    tell(queue, low=12, high=22, facts=facts)
    page = rosas.open("/manage/statistics")
    assert "12 to 22 people" in page.text
    assert "2 servicers keep nine in ten waits under 15 min." in page.text
    assert "12–13 8–17 2 (2–3)" in page.text
    assert "12 to 22 people" not in rosas.open("/manage/statistics?span=day&on=2026-03-09").text


def test_where_forecasts_were_wrong_none_is_shown(queue: Queue, rosas: Visitor) -> None:
    for back in range(5):
        tell(queue, in_days=-back, low=1, high=2, came=9)
    tell(queue, low=12, high=22)
    page = rosas.open("/manage/statistics")
    assert "12 to 22 people" not in page.text
    assert "Of our last 5 forecasts, only 0 were right, so we show none" in page.text


def tell(queue: Queue, in_days: int = 1, **values: Any) -> None:
    """What the clock has forecast of a day."""
    nothing = {"like_days": 3, "busiest": None, "limit": 15, "service": None, "hours": []}

    def work(session: Session) -> None:
        business = session.get_one(Queue, queue.id).business
        day = business.day_of(datetime.now(UTC)) + timedelta(days=in_days)
        session.add(DayForecast(queue_id=queue.id, day=day, made_from=day, **({"facts": nothing} | values)))

    transaction(work)

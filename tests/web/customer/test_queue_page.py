"""The public page of a queue."""

from datetime import timedelta

import pytest
from flask import Flask, get_template_attribute
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.spelling import nearest
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.duties import duty_of, go_off_duty
from models.queueing.line.wait_table import store_waits
from models.queueing.opening import close_queue, pause_queue
from models.queueing.tables.queues import Queue
from models.statistics.forecasts.best_times import LastSafe
from models.statistics.forecasts.quarters import time_of
from models.statistics.forecasts.when_to_come import TimesToCome
from models.storage.database import transaction
from models.waiting.estimator import WaitState
from tests.web.visitor import Visitor
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    join,
    make_business,
    make_desk,
    make_number,
    make_queue,
)


def pause(queue: Queue, reason: str | None = None) -> None:
    def work(session: Session) -> None:
        pause_queue(session, Queue.lock(session, queue.id), by=By.command(), now=NOON, reason=reason)

    transaction(work)


def close(queue: Queue) -> None:
    transaction(
        lambda session: close_queue(session, Queue.lock(session, queue.id), by=By.command(), now=NOON)
    )


def set_waits(queue: Queue, state: WaitState, curve: list[list[float]]) -> None:
    def work(session: Session) -> None:
        store_waits(session, queue.id, curve=curve, state=state, last_event_id=10**6, now=NOON)

    transaction(work)


def test_it_shows_who_is_served_where_how_many_wait_and_for_how_long(
    queue: Queue, rosa: Servicer, luis: Servicer, visitor: Visitor
) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN), join(queue, CAI)
    call_next(queue, rosa, desk=make_desk(queue, "Chair 1"))
    call_next(queue, luis, desk=make_desk(queue, "Chair 2"))
    set_waits(queue, WaitState.OK, [[5, 3, 8], [14, 11, 23]])
    page = visitor.open("/q/CET236")
    assert page.status == 200
    (ticket,) = page.root.all("section", **{"aria-labelledby": "now-title"})
    assert ticket.text == "Now serving 1 Chair 1 2 Chair 2 1 waiting about 10–25 min if you join now"
    assert page.buttons == ["Take a number"]


def test_it_names_nobody(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    first, second = join(queue, ANA, name="Ana"), join(queue, BEN, name="Benedita")
    call_next(queue, rosa)
    html = visitor.open("/q/CET236").html + visitor.open("/q/CET236/board").html
    for private in ("Ana", "Benedita", ANA, BEN, "Rosa", first.token, second.token):
        assert private not in html


def test_it_tells_how_to_join_by_text(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET236")
    assert "Text CET236 to +1 555-010-0000" in page.text
    assert page.root.all("a", href="sms:+15550100000?&body=CET236")


def test_where_whatsapp_may_join_too_it_is_one_tap_away(
    business: Business, queue: Queue, visitor: Visitor
) -> None:
    assert "WhatsApp" not in visitor.open("/q/CET236").text
    make_number(business)
    [link] = [a for a in visitor.open("/q/CET236").root.all("a") if a.text == "By WhatsApp"]
    assert link.attributes["href"] == "https://wa.me/15550100000?text=CET236"
    assert "by text or WhatsApp" in visitor.open("/q/CET236/poster").text


def test_only_channels_that_may_join_are_offered(business: Business, queue: Queue, visitor: Visitor) -> None:
    make_number(business)
    transaction(lambda session: session.execute(update(Queue).values(channels="whatsapp")))
    page = visitor.open("/q/CET236")
    assert "Or join by WhatsApp Send CET236 to +1 555-010-0000" in page.text
    assert not [a for a in page.root.all("a") if a.attributes["href"].startswith("sms:")]
    transaction(lambda session: session.execute(update(Queue).values(channels="sms")))
    assert "WhatsApp" not in visitor.open("/q/CET236").text


def test_a_keyword_in_small_letters_or_pieces_leads_to_the_page(queue: Queue, visitor: Visitor) -> None:
    for spelling in ("cet236", "Cet-236", "cet%20236"):
        assert visitor.open(f"/q/{spelling}").path == "/q/CET236"
    assert visitor.open("/q?keyword=+cet236").path == "/q/CET236"


def test_a_mistyped_keyword_gets_a_suggestion(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CTE236")
    assert page.status == 404
    assert "Did you mean CET236 ?" in page.text
    assert page.root.all("a", href="/q/CET236")


@pytest.mark.parametrize("keyword", ["nonsense", "---", "a" * 300, "%00", "CET236%00x", "😀"])
def test_a_keyword_nobody_has_is_a_friendly_404(queue: Queue, visitor: Visitor, keyword: str) -> None:
    page = visitor.open(f"/q/{keyword}")
    assert page.status == 404
    assert "There's no queue" in page.text


def test_the_other_business_is_not_shown(queue: Queue, visitor: Visitor) -> None:
    other = make_queue(make_business(name="Clinic", number="+15550100009"), "CLINIC", name="Doctor")
    join(other, ANA), join(queue, BEN), join(queue, CAI)
    page = visitor.open("/q/CLINIC")
    assert page.status_line == "1 waiting"
    assert "CLINIC to +1 555-010-0009" in page.text
    assert "Barber" not in page.html


@pytest.mark.parametrize("low", [0.0, 0.2])
def test_the_wait_is_never_0_minutes(queue: Queue, visitor: Visitor, low: float) -> None:
    set_waits(queue, WaitState.OK, [[0.1, low, 0.3]])
    page = visitor.open("/q/CET236")
    assert "up to 2 min" in page.text
    assert "0 min" not in page.text.replace("10 min", "")


def test_with_nobody_on_duty_it_says_so_and_gives_the_range_once_serving_starts(
    queue: Queue, visitor: Visitor
) -> None:
    set_waits(queue, WaitState.UNSTAFFED, [[14, 11, 23]])
    assert "The counter isn't staffed right now. about 10–25 min once it is" in visitor.open("/q/CET236").text


def test_it_does_not_say_nobody_serves_while_somebody_is_served(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    long_ago = NOON - timedelta(minutes=30)
    join(queue, ANA, now=long_ago)
    call_next(queue, rosa, now=long_ago)

    def goes_silent(session: Session) -> None:
        duty = duty_of(session, queue.id, rosa.id)
        assert duty is not None
        go_off_duty(session, duty, by=By.clock(), now=NOON)

    transaction(goes_silent)
    set_waits(queue, WaitState.UNSTAFFED, [[14, 11, 23]])
    page = visitor.open("/q/CET236")
    assert "staffed right now" not in page.html
    assert "The line hasn't moved in a while. about 10–25 min once it does" in page.text


def test_it_does_not_say_the_line_stands_just_after_a_call(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    set_waits(queue, WaitState.UNSTAFFED, [[14, 11, 23]])
    page = visitor.open("/q/CET236")
    assert "moved in a while" not in page.html
    assert "staffed right now" not in page.html


def test_a_paused_queue_says_why_and_still_gives_numbers(queue: Queue, visitor: Visitor) -> None:
    pause(queue, "lunch until 14:00")
    page = visitor.open("/q/CET236")
    assert "Paused: lunch until 14:00. We're not calling anyone for now" in page.text
    assert "once it moves again" in page.text
    assert visitor.press("Take a number").path.startswith("/t/")


def test_a_closed_queue_has_no_button_and_no_way_to_text(queue: Queue, visitor: Visitor) -> None:
    close(queue)
    page = visitor.open("/q/CET236")
    assert "Closed right now" in page.text
    assert "nobody" not in page.text
    assert page.buttons == []
    assert "sms:" not in page.html
    assert "min" not in page.text


def test_a_full_queue_says_so_and_has_no_button(business: Business, visitor: Visitor) -> None:
    queue = make_queue(business, "SMALL", capacity=1)
    join(queue, ANA)
    page = visitor.open("/q/SMALL")
    assert "The line is full right now" in page.text
    assert page.buttons == []


def test_without_javascript_it_refreshes_slowly(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET236")
    (refresh,) = page.root.all("meta", **{"http-equiv": "refresh"})
    assert int(refresh.attributes["content"]) >= 10
    assert "<style" not in page.html
    assert "style=" not in page.html


def test_a_mistyped_keyword_costs_little_in_a_house_of_very_many_queues(
    business: Business, queue: Queue, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def count(words: list[str], keywords: set[str]) -> list[str]:
        compared.append(len(keywords))
        return nearest(words, keywords)

    monkeypatch.setattr("web.customer.queue.nearest", count)
    monkeypatch.setattr("web.customer.queue.MOST_COMPARED", 5)
    for index in range(9):
        make_queue(business, f"LAB{index}06")
    assert "Did you mean CET236 ?" in visitor.open("/q/CTE236").text
    assert compared == [5]


def test_a_last_safe_time_that_has_begun_is_now(app: Flask) -> None:
    last = LastSafe(48, held=8, of=8)
    with app.test_request_context():
        best_times = get_template_attribute("web/customer/parts.html", "best_times")
        begun = best_times(TimesToCome(1, last=last, last_is_now=True), time_of)
        ahead = best_times(TimesToCome(1, last=last), time_of)
    assert "Last safe time to join: now" in begun
    assert "Last safe time to join: 12:00" in ahead

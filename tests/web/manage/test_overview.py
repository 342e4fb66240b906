"""The manager's start page: the current state, and what needs attention."""

from datetime import UTC, datetime

from flask import Flask

from models.people.business import Business, OurNumber
from models.people.refused_countries import record_refusal
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.storage.heartbeats import record_heartbeat
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, NOON, call_next, join, make_business, make_desk, make_queue, make_servicer


def concerns(page: Page) -> list[str]:
    (section,) = page.root.all("section", **{"aria-labelledby": "concerns-title"})
    return [each.text for each in section.all("p")]


def clock_runs() -> None:
    transaction(lambda session: record_heartbeat(session, "a clock", datetime.now(UTC)))


def test_each_queue_tells_who_waits_how_long_and_who_is_on_duty(
    queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis, desk=make_desk(queue, "Chair 1"))
    page = rosas.open("/manage")
    assert "Haircuts Open 1 person waiting" in page.text
    assert "On duty: Luis" in page.text
    links = [a.attributes["href"] for a in page.root.all("main")[0].all("a")]
    assert {"/control/CET236", "/q/CET236/board", "/q/CET236/poster", "/q/CET236"} <= set(links)


def test_nothing_needs_attention(queue: Queue, rosas: Visitor) -> None:
    clock_runs()
    assert concerns(rosas.open("/manage")) == ["Nothing needs your attention."]


def test_what_needs_attention_is_said(queue: Queue, rosas: Visitor) -> None:
    def hold(session: object) -> None:
        number = session.get_one(OurNumber, 1)  # type: ignore[attr-defined]
        number.held_at, number.held_reason = NOON, "the daily limit of texts is reached"

    transaction(hold)
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "capacity", 1))
    join(queue, ANA)
    assert concerns(rosas.open("/manage")) == [
        "The background process isn't running, so no texts go out. Tell whoever runs this installation.",
        "No texts go out from +1 555-010-0000: the daily limit of texts is reached. Go to the number",
        "1 person is waiting for Haircuts, and nobody is on duty. Open the control page",
        "Haircuts is full, so new customers are turned away. Open the control page",
    ]


def test_backup_is_asked_for_past_the_limit(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    clock_runs()
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "backup_above", 0))
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)
    assert concerns(rosas.open("/manage")) == [
        "1 person is waiting for Haircuts: over its limit. Send backup. Open the control page"
    ]


def test_texts_that_failed_today_are_counted(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    clock_runs()
    join(queue, ANA)
    call_next(queue, luis)

    def fail(session: object) -> None:
        for text in session.query(OutboundMessage):  # type: ignore[attr-defined]
            text.state = TextState.FAILED

    transaction(fail)
    page = rosas.open("/manage")
    assert concerns(page) == ["1 text didn't arrive in the last 24 hours. See the last one"]
    (link,) = [a for a in page.root.all("a") if a.text == "See the last one"]
    assert "Text “your turn”: failed" in rosas.open(link.attributes["href"]).text


def test_what_is_not_ones_own_or_is_archived_is_not_there(
    business: Business, queue: Queue, rosas: Visitor, app: Flask
) -> None:
    make_queue(business, "OLD1", name="Shaves", archived_at=NOON)
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    make_queue(elsewhere, "THEIRS", name="Theirs")
    assert rosas.open("/manage").headings[-1] == "Haircuts"
    sam = Visitor(app).sign_in(make_servicer(elsewhere, "Sam", role="manager"))
    assert sam.open("/manage").headings[-1] == "Theirs"


def test_whoever_was_refused_for_the_country_is_seen(
    queue: Queue, business: Business, rosas: Visitor
) -> None:
    clock_runs()
    number_id = business.numbers[0].id
    transaction(lambda s: record_refusal(s, number_id, "+16045550101", datetime.now(UTC)))
    (words,) = concerns(rosas.open("/manage"))
    assert words.startswith("Phones from another country texted and got no answer: Canada.")

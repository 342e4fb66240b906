"""The page of alarms: each manager chooses for themselves what to be told of."""

from datetime import time

import pytest
from flask import Flask
from sqlalchemy import select

from models.alarms.choices import AlarmSettings, QueueAlarms
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.bot.transcript import text_in
from tests.web.visitor import Visitor
from tests.world import ANA, make_business, make_queue, make_servicer

PAGE = "/manage/alarms"


@pytest.fixture
def rosa(business: Business) -> Servicer:
    return make_servicer(business, "Rosa", role=Role.MANAGER)


def own(person: Servicer) -> AlarmSettings | None:
    with reading() as session:
        return session.get(AlarmSettings, person.id)


def of_queues(person: Servicer) -> list[QueueAlarms]:
    with reading() as session:
        mine = select(QueueAlarms).where(QueueAlarms.servicer_id == person.id)
        return list(session.scalars(mine.order_by(QueueAlarms.queue_id)))


def test_what_is_chosen_is_kept_and_shown_again(
    business: Business, queue: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    other = make_queue(business, "OTHER", name="Other")
    rosas.open(PAGE)
    chosen = {"by_mail": "y", "language": "pt", "quiet_from": "22:00", "quiet_until": "7:30"}
    chosen |= {f"queue-{queue.id}-most_waiting": "15", f"queue-{other.id}-unstaffed": "y"}
    rosas.press("Save", **chosen)
    assert "Saved." in rosas.page.text
    kept = own(rosa)
    assert kept is not None
    assert (kept.by_mail, kept.language, kept.quiet_from, kept.quiet_until) == (
        True,
        "pt",
        time(22),
        time(7, 30),
    )
    assert [(row.most_waiting, row.unstaffed) for row in of_queues(rosa)] == [(15, False), (None, True)]
    shown = {
        one.attributes.get("name"): one.attributes.get("value") for one in rosas.open(PAGE).root.all("input")
    }
    assert shown[f"queue-{queue.id}-most_waiting"] == "15"
    assert shown["quiet_until"] == "07:30"


def test_each_manager_chooses_for_themselves(
    app: Flask, business: Business, queue: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    mia = make_servicer(business, "Mia", role=Role.MANAGER)
    mias = Visitor(app).sign_in(mia)
    rosas.open(PAGE), rosas.press("Save", **{f"queue-{queue.id}-most_waiting": "15"})
    mias.open(PAGE), mias.press("Save", **{f"queue-{queue.id}-most_waiting": "4"})
    assert [row.most_waiting for row in of_queues(rosa)] == [15]
    assert [row.most_waiting for row in of_queues(mia)] == [4]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("quiet_from", "22:00", "Enter both times, or none."),
        ("quiet_until", "late", "Write the time like 09:00."),
        ("most_waiting", "0", "Enter a number from 1 to 9999."),
        ("most_waiting", "9" * 300, "Enter a number from 1 to 9999."),
    ],
)
def test_what_can_not_be_is_told_beside_it_and_nothing_is_saved(
    queue: Queue, rosa: Servicer, rosas: Visitor, field: str, typed: str, said: str
) -> None:
    rosas.open(PAGE)
    name = f"queue-{queue.id}-{field}" if field == "most_waiting" else field
    page = rosas.press("Save", **{name: typed})
    assert page.status == 422
    assert said in page.text
    assert own(rosa) is None


def test_another_businesss_queue_is_neither_shown_nor_chosen(
    queue: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    elsewhere = make_queue(make_business(name="Clinic", number="+15550100001"), "CLINIC", name="Clinic")
    assert "Clinic" not in rosas.open(PAGE).text
    rosas.press("Save", **{f"queue-{elsewhere.id}-most_waiting": "5"})
    assert [row.queue_id for row in of_queues(rosa)] == [queue.id]


def test_texts_are_offered_once_the_phone_has_sent_the_code(
    queue: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    page = rosas.open(PAGE)
    assert not page.root.all("input", name="by_text")
    code = next(word.text for word in page.root.all("b") if word.text.startswith("ALARM "))
    text_in(code, ANA)
    page = rosas.open(PAGE)
    (tick,) = page.root.all("input", name="by_text")
    assert "checked" in tick.attributes
    assert f"…{ANA[-2:]}" in page.text
    assert ANA not in page.text


def test_it_says_that_a_phone_has_stopped_our_texts(queue: Queue, rosa: Servicer, rosas: Visitor) -> None:
    page = rosas.open(PAGE)
    text_in(next(word.text for word in page.root.all("b") if word.text.startswith("ALARM ")), ANA)
    text_in("STOP", ANA)
    assert "doesn't get our texts right now" in rosas.open(PAGE).text


def test_servicers_have_no_such_page(app: Flask, queue: Queue, luis: Servicer) -> None:
    assert Visitor(app).sign_in(luis).open(PAGE).status == 403

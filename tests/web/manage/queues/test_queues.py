"""Queues on the manager's pages: shown, added, configured, opened, closed, archived."""

from dataclasses import replace

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.door_codes import board_key
from models.queueing.line.wait_table import store_learning
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading, transaction
from models.waiting.estimator import WaitEstimator
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, call_next, join, make_business, make_queue, make_servicer, ticket

RULES = "/manage/queues/CET236/rules"


def there(keyword: str = "CET236") -> Queue:
    with reading() as session:
        queue = Queue.at(session, keyword)
        assert queue is not None
        return queue


def test_the_list_tells_what_is_so_and_leads_to_each(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    page = rosas.open("/manage/queues")
    assert "1 person waiting" in page.text
    assert "Opened and closed by hand." in page.text
    assert [a.attributes["href"] for a in page.root.all("a", **{"class": "stretched-link"})] == [
        "/manage/queues/CET236"
    ]


def learn(queue: Queue, calls: int, *, minutes_each: float) -> None:
    """What the clock keeps after so many calls, while others waited."""
    estimator = WaitEstimator(queue.minutes_per_customer)
    estimator.servicer_on(600.0, 1)
    for number in range(calls + 2):
        estimator.joined(600.0, number)
    for number in range(calls):
        estimator.called(600.0 + number * minutes_each, number, 1)
    learned = {"hint_minutes": queue.minutes_per_customer, "estimator": estimator.saved()}
    transaction(lambda s: store_learning(s, queue.id, learned=learned, last_event_id=calls, now=NOON))


def test_the_guess_is_shown_until_the_clock_has_learned_better(queue: Queue, rosas: Visitor) -> None:
    page = "/manage/queues/CET236"
    guess = "about 5 minutes (your guess)"
    assert guess in rosas.open(page).text
    learn(queue, 20, minutes_each=3.0)
    assert guess in rosas.open(page).text
    learn(queue, 300, minutes_each=3.0)
    shown = rosas.open(page).text
    assert "about 3 minutes, worked out from real calls. Your guess is no longer used." in shown
    assert guess not in shown
    rosas.open(RULES)
    rosas.press("Save", minutes_per_customer="7")
    assert "about 7 minutes (your guess)" in rosas.open(page).text, "the clock learns anew"


def test_without_a_queue_the_page_says_what_one_is(rosa: Servicer, app: Flask) -> None:
    page = Visitor(app).sign_in(rosa).open("/manage/queues")
    assert "No queue yet" in page.text


def test_a_queue_is_added_and_is_open(rosas: Visitor) -> None:
    rosas.open("/manage/new-queue")
    page = rosas.press("Add and open", name="  Beards  ", keyword="béard7", minutes_per_customer="7,5")
    assert (page.path, page.notices) == ("/manage/queues/BEARD7", ["Beards is added and open."])
    made = there("BEARD7")
    assert (made.name, made.minutes_per_customer, made.state) == ("Beards", 7.5, QueueState.OPEN)


@pytest.mark.parametrize(
    ("keyword", "words"),
    [
        ("STOP", "phone companies keep that word"),
        ("later", "already does something else"),
        ("15", "Add letters to it"),
        ("", "It can't be empty"),
        ("cet236", "Another queue already has the keyword CET236."),
    ],
)
def test_a_keyword_that_can_not_be_is_refused_in_words_and_what_was_typed_stays(
    rosas: Visitor, keyword: str, words: str
) -> None:
    rosas.open("/manage/new-queue")
    page = rosas.press("Add and open", name="Beards", keyword=keyword, minutes_per_customer="5")
    assert page.status == 422
    assert words in page.text
    assert "Nothing was saved yet." in page.text
    assert page.form_of("Add and open")[1]["name"] == "Beards"


def test_a_keyword_one_slip_from_another_is_allowed_and_warned_of(rosas: Visitor) -> None:
    rosas.open("/manage/new-queue")
    page = rosas.press("Add and open", name="Beards", keyword="CET237", minutes_per_customer="5")
    assert page.notices[1].startswith("CET237 is one typo away from CET236")


def test_rules_are_saved(queue: Queue, rosas: Visitor) -> None:
    rosas.open(RULES)
    page = rosas.press(
        "Save",
        name="Cuts",
        capacity="30",
        backup_above="8",
        alert_ahead="0",
        coming_minutes="0",
        question="What is it about?",
        marks_no_shows="y",
        asks_for_rating="y",
    )
    assert (page.path, page.notices) == ("/manage/queues/CET236", ["Rules for Cuts saved."])
    saved = there()
    assert (saved.name, saved.capacity, saved.backup_above) == ("Cuts", 30, 8)
    assert (saved.alert_ahead, saved.marks_no_shows, saved.asks_for_rating) == (0, True, True)
    assert (queue.coming_minutes, saved.coming_minutes) == (20, 0)
    assert "If they're coming no extra wait" in page.text
    assert saved.revision > queue.revision


def test_a_queue_that_asks_for_the_door_code_has_a_link_to_the_board_that_shows_it(
    queue: Queue, rosas: Visitor
) -> None:
    assert "Board that shows the code" not in rosas.open("/manage/queues/CET236").text
    rosas.open(RULES)
    page = rosas.press("Save", door_code="y")
    assert there().door_code
    assert "Joining with the code shown where you are" in page.text
    assert "Board that shows the code" in page.text
    assert f"/q/CET236/board?key={board_key(queue)}" in page.html


def test_saving_without_a_change_changes_nothing(queue: Queue, rosas: Visitor) -> None:
    before = there()
    rosas.open(RULES)
    rosas.press("Save")
    columns = [column.key for column in Queue.__table__.columns]
    assert {c: getattr(there(), c) for c in columns} == {c: getattr(before, c) for c in columns}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Enter a name for customers"),
        ({"alert_ahead": "many"}, "Enter a whole number from 0 to 99."),
        ({"alert_ahead": "100"}, "Enter a whole number from 0 to 99."),
        ({"alert_ahead": ""}, "Enter a number."),
        ({"coming_minutes": "61"}, "Enter a whole number from 0 to 60."),
        ({"coming_minutes": ""}, "Enter a number."),
        ({"capacity": "0"}, "Enter a whole number from 1 to 9999."),
        ({"later_by": "-1"}, "Enter a whole number from 1 to 99."),
        ({"minutes_per_customer": "1e9"}, "Enter minutes, such as 5 or 7.5"),
        ({"reminder_minutes": "9", "no_show_minutes": "3"}, "This can't come before the reminder"),
    ],
)
def test_a_rule_that_can_not_be_is_refused_in_words_and_nothing_is_saved(
    queue: Queue, rosas: Visitor, fields: dict[str, str], words: str
) -> None:
    rosas.open(RULES)
    page = rosas.press("Save", **({"put_back_behind": "7"} | fields))
    assert page.status == 422
    assert words in page.text
    assert page.form_of("Save")[1]["put_back_behind"] == "7"
    assert there().put_back_behind == 2


def test_another_keyword_moves_the_queue_there(queue: Queue, rosas: Visitor) -> None:
    rosas.open(RULES)
    assert rosas.press("Save", keyword="cuts1").path == "/manage/queues/CUTS1"
    assert rosas.open("/manage/queues/CET236").path == "/manage/queues/CUTS1"  # the old one leads on


def test_open_pause_and_close(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/queues/CET236")
    rosas.press("Pause")
    assert there().state == QueueState.PAUSED
    rosas.press("Close")
    assert there().state == QueueState.CLOSED
    assert rosas.press("Open").notices == ["The queue is open."]


def test_closing_says_first_whom_it_sends_away(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    assert "Close" not in rosas.open("/manage/queues/CET236").buttons
    page = rosas.open("/manage/queues/CET236/close")
    assert "2 people are waiting." in page.text
    assert there().state == QueueState.OPEN
    rosas.press("Close")
    assert ticket(queue, 1).state == TicketState.LEFT


def test_pressing_twice_says_that_it_is_so_already(queue: Queue, rosas: Visitor) -> None:
    before = rosas.open("/manage/queues/CET236")
    rosas.press("Pause")
    assert rosas.press("Pause", before).notices == ["The queue is already paused."]


def test_a_queue_is_archived_and_comes_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.open("/manage/queues/CET236/archive")
    page = rosas.press("Archive")
    assert page.notices == ["The queue is archived. Its history stays. 1 person was told."]
    assert "No queue yet" in rosas.open("/control/").text
    rosas.open("/manage/queues/CET236")
    assert rosas.press("Bring it back").notices == ["The queue is back. It stays closed until you open it."]
    assert there().archived_at is None


def test_a_queue_in_which_somebody_is_served_is_not_archived(
    queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, luis)
    rosas.open("/manage/queues/CET236/archive")
    notices = rosas.press("Archive").notices
    assert notices == ["Nothing was changed: first choose what happens to number 1."]
    assert there().archived_at is None


FORMS = [
    "/manage/new-queue",
    RULES,
    "/manage/queues/CET236/state/close",
    "/manage/queues/CET236/archive",
    "/manage/queues/CET236/restore",
    "/manage/queues/CET236/hours",
    "/manage/queues/CET236/desks/add",
    "/manage/queues/CET236/desks/rename",
    "/manage/queues/CET236/desks/retire",
]


def test_another_businesss_queue_is_not_found(
    queue: Queue, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    stranger = make_servicer(make_business(name="Elsewhere", number="+15550109999"), "Sam", role="manager")
    visitor = Visitor(app).sign_in(stranger)
    typed = {"name": "Theirs", "desk": "1"}
    for path in FORMS[1:]:
        assert visitor.client.post(path, data=typed).status_code in (404, 422), path
        assert visitor.client.post(path, data=typed | {"keyword": "X9Y9"}).status_code in (404, 422), path
    for path in ("", "/rules", "/hours", "/desks", "/close", "/archive"):
        assert visitor.client.get(f"/manage/queues/CET236{path}").status_code == 404, path
    assert (there().name, there().state, there().archived_at) == ("Haircuts", QueueState.OPEN, None)


def test_a_servicer_changes_nothing(
    queue: Queue, luiss: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    assert {path: luiss.client.post(path).status_code for path in FORMS} == dict.fromkeys(FORMS, 403)


def test_without_a_csrf_token_nothing_is_changed(queue: Queue, rosas: Visitor) -> None:
    assert {path: rosas.client.post(path).status_code for path in FORMS} == dict.fromkeys(FORMS, 400)


def test_get_changes_nothing(business: Business, queue: Queue, rosas: Visitor) -> None:
    make_queue(business, "OTHER1")
    for path in FORMS:
        assert rosas.client.get(path).status_code in (200, 405), path
    assert there().state == QueueState.OPEN


def few_queues(app: Flask, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], queues_per_business=most))


def test_a_business_has_so_many_queues_and_archiving_makes_room(
    app: Flask, queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_queues(app, monkeypatch, 2)
    rosas.open("/manage/new-queue")
    assert rosas.press("Add and open", name="Shaves", keyword="SHAVES").status == 200
    rosas.open("/manage/new-queue")
    page = rosas.press("Add and open", name="Beards", keyword="BEARDS")
    assert (page.status, "A business can have at most 2 queues here." in page.text) == (422, True)
    rosas.open("/manage/queues/CET236/archive")
    rosas.press("Archive")
    rosas.open("/manage/new-queue")
    assert rosas.press("Add and open", name="Beards", keyword="BEARDS").status == 200
    page = rosas.open("/manage/queues/CET236")
    page = rosas.press("Bring it back", page)
    assert "A business can have at most 2 queues here." in page.notices[0]
    assert there().archived_at is not None


def test_archived_queues_are_not_without_end(
    app: Flask, business: Business, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_queues(app, monkeypatch, 1)
    for index in range(10):
        make_queue(business, f"OLD{index}", archived_at=NOON)
    rosas.open("/manage/new-queue")
    assert rosas.press("Add and open", name="Beards", keyword="BEARDS").status == 422

"""The manager's pages of webhooks: made and shown once, tested, replayed, turned off and on, deleted."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.webhooks.deliveries import DeliveryState, Problem
from models.webhooks.endpoints import Endpoint, OffReason, turn_off
from models.webhooks.sending import Claim, Outcome, claim_next, settle
from tests.models.webhooks.listening import deliveries, endpoint, listens, note
from tests.one_database import on_sqlite
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, join, make_business, make_queue, make_servicer, minutes, phone

pytestmark = on_sqlite
PAGE, URL = "/manage/webhooks", "https://shop.example.com/hooks?key=abc"


@pytest.fixture
def manager(app: Flask, queue: Queue, rosa: Servicer) -> Visitor:
    visitor = Visitor(app).sign_in(rosa)
    visitor.open(PAGE)
    return visitor


def shown_secret(visitor: Visitor) -> str:
    return visitor.page.root.all("input", id="secret")[0].attributes["value"]


def kept() -> list[Endpoint]:
    with reading() as session:
        return list(session.scalars(select(Endpoint).order_by(Endpoint.id)))


def answered(hook: int, outcome: Outcome) -> None:
    """What the clock does with the next message."""
    now = datetime.now(UTC)
    claim = transaction(lambda s: claim_next(s, hook, now, clock="here"))
    assert isinstance(claim, Claim)
    transaction(lambda s: settle(s, claim, outcome, now, lambda _: minutes(1)))


def test_a_webhook_is_made_and_its_secret_is_shown_once(manager: Visitor, queue: Queue) -> None:
    manager.press("Make a webhook", url=URL, every_queue="", **{f"queue_{queue.id}": "y"})
    secret = shown_secret(manager)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    [row] = kept()
    assert (row.url, row.queue_ids, row.sees_people, len(row.events)) == (URL, [queue.id], False, 20)
    assert row.signing_secrets(NOON) == [secret]
    assert secret.encode() not in row.secret_ciphertext
    page = manager.open(PAGE)
    assert secret not in page.html
    assert "shop.example.com" in page.text
    assert secret not in manager.open(f"{PAGE}/{row.id}").html


def test_the_list_says_who_made_each_and_which_send_names(manager: Visitor, rosa: Servicer) -> None:
    listens(rosa, "https://blind.example.com/")
    listens(rosa, "https://seeing.example.com/", sees_people=True)
    page = manager.open(PAGE)
    blind, seeing = [item.text for item in page.root.all("li") if "example.com" in item.text]
    assert "Made by Rosa on 2026-03-10" in blind
    assert ("names and phone numbers" in blind, "names and phone numbers" in seeing) == (False, True)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "Enter a whole address"),
        ("http://shop.example.com/", "must begin with https://"),
        ("http://127.0.0.1/", "must begin with https://"),
        ("https://127.0.0.1/", "isn't on the public internet"),
        ("https://[::1]/", "isn't on the public internet"),
        ("https://shop.example.com:22/", "use 443 or 8443"),
        ("https://me:word@shop.example.com/", "Leave out the user and password"),
        ("https://shop.example.com/" + "x" * 500, "Use at most 500 characters."),
    ],
)
def test_a_wrong_address_is_told_and_makes_nothing(url: str, told: str, manager: Visitor) -> None:
    page = manager.press("Make a webhook", url=url)
    assert (page.status, kept()) == (422, [])
    assert told in page.text


def test_it_is_changed_and_stands_in_the_audit_log_without_its_key(manager: Visitor, rosa: Servicer) -> None:
    hook, _ = listens(rosa, URL)
    manager.open(f"{PAGE}/{hook}")
    page = manager.press("Save", url="https://other.example.com/", sees_people="y", ticket_called="")
    assert page.notices == ["Saved."]
    row = endpoint(hook)
    assert (row.url, row.sees_people, "ticket.called" in row.events) == (
        "https://other.example.com/",
        True,
        False,
    )
    words = manager.open("/manage/audit").text
    assert "changed a webhook: other.example.com, events 19, sees people" in words
    assert "key=abc" not in words


def test_without_any_event_nothing_is_saved(manager: Visitor, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    manager.open(f"{PAGE}/{hook}")
    _, fields = manager.page.form_of("Save")
    none = {name: "" for name in fields if name.startswith(("ticket_", "queue_"))}
    page = manager.press("Save", **none)
    assert page.status == 422
    assert "Choose at least one event." in page.text
    assert len(endpoint(hook).events) == 20


def test_a_chosen_queue_that_is_archived_stays_chosen(
    business: Business, manager: Visitor, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, keyword="COLOR", name="Color")
    hook, _ = listens(rosa, queue_ids=[other.id])
    transaction(lambda s: setattr(s.get_one(Queue, other.id), "archived_at", NOON))
    page = manager.open(f"{PAGE}/{hook}")
    assert "Color (archived)" in page.text
    assert manager.press("Save").notices == ["Saved."]
    assert endpoint(hook).queue_ids == [other.id]


def test_nothing_chosen_is_not_all_queues(manager: Visitor, queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa, queue_ids=[queue.id])
    manager.open(f"{PAGE}/{hook}")
    for choice in ({f"queue_{queue.id}": ""}, {"every_queue": "y"}):
        page = manager.press("Save", **choice)
        assert (page.status, endpoint(hook).queue_ids) == (422, [queue.id])
        assert "Choose either all queues or single ones." in page.text
        manager.open(f"{PAGE}/{hook}")
    manager.press("Save", every_queue="y", **{f"queue_{queue.id}": ""})
    assert endpoint(hook).queue_ids is None


def test_a_new_secret_is_shown_once_and_the_old_one_signs_for_a_day(manager: Visitor, rosa: Servicer) -> None:
    hook, old = listens(rosa)
    manager.open(f"{PAGE}/{hook}")
    manager.press("New secret")
    new = shown_secret(manager)
    assert endpoint(hook).signing_secrets(NOON) == [new, old]
    assert endpoint(hook).signing_secrets(NOON + minutes(25 * 60)) == [new]
    assert new not in manager.open(f"{PAGE}/{hook}").html


def test_a_test_is_sent_and_its_answer_shown_as_it_stands(manager: Visitor, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    manager.open(f"{PAGE}/{hook}")
    page = manager.press("Send a test")
    assert "webhook.test on its way" in page.text
    answered(hook, Outcome(status=200, answer="<b>hello</b>"))
    page = manager.open(f"{PAGE}/{hook}")
    assert "webhook.test delivered" in page.text
    assert "Answer 200" in page.text
    assert "&lt;b&gt;hello&lt;/b&gt;" in page.html


def fail(hook: int, times: int) -> None:
    for _ in range(times):
        answered(hook, Outcome(status=500))


def test_a_test_is_tried_first_and_at_once_also_where_others_fail(
    manager: Visitor, queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    for index in range(6):
        join(queue, phone(index))
    note(hook)
    fail(hook, 5)
    assert endpoint(hook).rests_until is not None
    manager.open(f"{PAGE}/{hook}")
    manager.press("Send a test")
    fail(hook, 1)
    manager.press("Send a test")  # again, after a failed one
    answered(hook, Outcome(status=200))
    assert [d.state.value for d in deliveries(hook) if d.kind == "webhook.test"] == ["waiting", "delivered"]


def test_a_corrected_address_is_tried_at_once(manager: Visitor, queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    for index in range(5):
        join(queue, phone(index))
    note(hook)
    fail(hook, 4)
    late = transaction(lambda s: claim_next(s, hook, datetime.now(UTC), clock="here"))
    assert late is not None
    manager.open(f"{PAGE}/{hook}")
    manager.press("Save", url="https://right.example.com/")
    transaction(lambda s: settle(s, late, Outcome(status=410), datetime.now(UTC), lambda _: minutes(1)))
    row = endpoint(hook)
    assert (row.failures, row.rests_until, row.off_at) == (0, None, None), "that one is gone, not this"
    for _ in range(5):
        answered(hook, Outcome(status=200))


def test_only_so_many_tests_wait_at_once(manager: Visitor, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    manager.open(f"{PAGE}/{hook}")
    for _ in range(6):
        page = manager.press("Send a test")
    assert "No test was sent" in page.notices[0]
    assert len(deliveries(hook)) == 5


def test_what_was_delivered_is_replayed(manager: Visitor, queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    note(hook)
    answered(hook, Outcome(status=200))
    manager.open(f"{PAGE}/{hook}")
    old_page = manager.page
    assert manager.press("Replay").notices == ["It's on its way again."]
    assert deliveries(hook)[0].state == DeliveryState.WAITING
    assert manager.press("Replay", old_page).notices == ["There's nothing to send again there."]
    assert "replayed a message of a webhook: shop.example.com" in manager.open("/manage/audit").text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(status=302), "Answer 302: we don't follow redirects."),
        (Outcome(problem=Problem.NOT_PUBLIC), "stands for a private address"),
        (Outcome(problem=Problem.NO_ANSWER), "no answer within 10 seconds"),
    ],
)
def test_why_something_was_not_delivered_is_told(
    outcome: Outcome, words: str, manager: Visitor, queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    note(hook)
    answered(hook, outcome)
    assert words in manager.open(f"{PAGE}/{hook}").text
    assert "Failing" in manager.open(PAGE).text


def test_it_is_turned_off_and_on(manager: Visitor, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    manager.open(f"{PAGE}/{hook}")
    page = manager.press("Turn off")
    assert "You turned it off." in page.text
    assert "Send a test" not in page.buttons
    manager.press("Turn on")
    assert endpoint(hook).off_at is None
    words = manager.open("/manage/audit").text
    assert words.index("turned on a webhook") < words.index("turned off a webhook")


def test_who_opens_one_that_is_off_reads_why(manager: Visitor, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    transaction(lambda s: turn_off(s.get_one(Endpoint, hook), OffReason.FAILING, NOON))
    assert "nothing was taken there for three days" in manager.open(PAGE).text


def test_deleting_asks_first_and_takes_everything_with_it(
    manager: Visitor, queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    note(hook)
    manager.open(f"{PAGE}/{hook}")
    page = manager.press("Delete")
    assert (len(kept()), page.headings) == (1, ["Delete the webhook"])
    assert manager.press("Delete").notices == ["The webhook is deleted."]
    assert (kept(), deliveries(hook)) == ([], [])


def test_a_business_has_so_many(manager: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.manage.webhooks.views.MOST_ENDPOINTS", 1)
    manager.press("Make a webhook", url=URL)
    page = manager.press("Make a webhook", url=URL)
    assert (page.status, len(kept())) == (422, 1)
    assert "at most 1 webhooks" in page.text


def test_who_has_not_confirmed_their_email_changes_none(app: Flask, business: Business, queue: Queue) -> None:
    stranger = make_servicer(business, "Nia", role=Role.MANAGER, email_proved_at=None)
    visitor = Visitor(app).sign_in(stranger)
    visitor.open(PAGE)
    assert "Confirm your email first" in visitor.press("Make a webhook", url=URL).text
    assert kept() == []
    hook, _ = listens(stranger)
    visitor.open(f"{PAGE}/{hook}")
    assert "Confirm your email first" in visitor.press("Save", url=URL).text
    assert endpoint(hook).url != URL


def test_a_delivery_of_another_business_is_not_replayed(manager: Visitor, rosa: Servicer) -> None:
    theirs = make_business(name="Xylo Inc", number="+15550109999")
    other, _ = listens(make_servicer(theirs, "Zoe", role=Role.MANAGER))
    mine, _ = listens(rosa)
    manager.open(f"{PAGE}/{mine}")
    manager.press("Send a test")
    answered(mine, Outcome(status=200))
    manager.open(f"{PAGE}/{mine}")
    page = manager.press("Replay", delivery="999")
    assert page.notices == ["There's nothing to send again there."]
    assert manager.open(f"{PAGE}/{other}").status == 404

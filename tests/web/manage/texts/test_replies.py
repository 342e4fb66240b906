"""The answers that servicers give with one press, on the manager's pages."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy.orm import Session

from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.texts.canned_replies import own_replies, save_own_replies
from tests.one_database import on_both
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, join

PAGE = "/manage/replies/en"


def offered(visitor: Visitor, queue: Queue) -> list[str]:
    open_ticket(visitor, queue, 1)
    (group,) = visitor.page.root.all("div", **{"class": "canned"})
    return [button.text for button in group.all("button")]


@pytest.fixture(autouse=True)
def waiting(queue: Queue) -> None:
    """Ana waits."""
    join(queue, ANA)


def test_the_business_offers_its_own_in_their_order(queue: Queue, rosas: Visitor) -> None:
    assert "Take your time." in offered(rosas, queue)
    rosas.open(PAGE)
    page = rosas.press("Save", replies="The green door. \n\n  No dogs, sorry.\nThe green door.")
    assert page.notices == ["Saved."]
    assert offered(rosas, queue) == ["The green door.", "No dogs, sorry."]


@on_both
def test_two_who_save_the_first_list_at_the_same_moment_are_both_heard(business: Business) -> None:
    saved = Event()

    def save(words: str, *, slowly: bool) -> None:
        def work(session: Session) -> None:
            save_own_replies(session, business.id, "en", [words], now=NOON)
            session.flush()
            saved.set()
            time.sleep(0.3 if slowly else 0)

        transaction(work)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(save, "Yes.", slowly=True)
        saved.wait(10)
        second = pool.submit(save, "No.", slowly=False)
        first.result(), second.result()
    with reading() as session:
        assert own_replies(session, business.id) == {"en": ["No."]}


def test_an_empty_list_is_the_usual_one(queue: Queue, rosas: Visitor) -> None:
    rosas.open(PAGE)
    rosas.press("Save", replies="Yes.")
    assert rosas.press("Save", replies=" ").notices == ["The standard answers are back."]
    assert "Take your time." in offered(rosas, queue)


@pytest.mark.parametrize(
    ("replies", "problem"),
    [
        ("x" * 101, "is too long"),
        ("\n".join(str(number) for number in range(13)), "Use at most 12 answers."),
        ("Yes.\n✂️", "Write it in words."),
    ],
)
def test_what_no_text_can_carry_is_not_saved(
    queue: Queue, rosas: Visitor, replies: str, problem: str
) -> None:
    rosas.open(PAGE)
    page = rosas.press("Save", replies=replies)
    assert (page.status, problem in page.text) == (422, True)
    assert "Take your time." in offered(rosas, queue)


def test_a_list_in_another_language_is_of_that_language(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/replies/de")
    assert "Lassen Sie sich Zeit." in rosas.page.html
    rosas.press("Save", replies="Nein.")
    assert "Take your time." in offered(rosas, queue)
    assert rosas.open("/manage/replies/xx").status == 404


def test_a_servicer_changes_nothing_there(queue: Queue, luiss: Visitor) -> None:
    assert luiss.open(PAGE).status == 403

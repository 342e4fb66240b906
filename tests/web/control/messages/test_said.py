"""What customers say in their own words stands beside their number on every servicer's page."""

import pytest

from models.people.business import Business
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, join, make_business, make_queue, minutes

DOOR = "which door do I take?"


def counter(visitor: Visitor) -> dict[str, str]:
    return visitor.open("/control/CET236").root.all("div", **{"class": "counter"})[0].attributes


def said(visitor: Visitor) -> list[str]:
    """The bubbles of the page, from the top."""
    return [q.text for q in visitor.open("/control/CET236").root.all("q")]


@pytest.fixture
def called(queue: Queue, rosas: Visitor) -> str:
    """Rosa has called Ana; Ben waits."""
    token = join(queue, ANA).token
    join(queue, BEN)
    rosas.press("Call next")
    return token


def test_it_stands_under_now_serving_and_on_the_row(called: str, rosas: Visitor, luiss: Visitor) -> None:
    before = counter(luiss)["data-change"]
    text_in(DOOR, ANA, NOON + minutes(1))
    text_in("I am here with a dog, is that fine?", BEN, NOON + minutes(2))
    assert said(rosas) == [DOOR, "I am here with a dog, is that fine?"]
    assert said(luiss) == ["I am here with a dog, is that fine?", DOOR]
    assert counter(luiss)["data-change"] != before, "so that pages that are open follow"


def test_they_can_be_answered_from_their_row(called: str, queue: Queue, rosas: Visitor) -> None:
    text_in(DOOR, BEN, NOON + minutes(1))
    (row,) = rosas.open("/control/CET236").root.all("ol", **{"aria-labelledby": "waiting-title"})
    (link,) = row.all("a", **{"aria-label": "Reply to 2"})
    rosas.open(link.attributes["href"].partition("#")[0])
    rosas.press("Reply", note="The green one.")
    assert not rosas.open("/control/CET236").root.all("a", **{"aria-label": "Reply to 2"})


def test_who_is_here_and_asks_something_is_heard_too(called: str, queue: Queue, rosas: Visitor) -> None:
    text_in("I'm here, where do I go?", ANA, NOON + minutes(1))
    assert said(rosas) == ["I'm here, where do I go?"]
    assert "here" in [chip.text for chip in rosas.page.root.all("span", **{"class": "chip chip-here"})]
    text_in("HERE", BEN, NOON + minutes(2))
    assert said(rosas) == ["I'm here, where do I go?"]


def test_only_whoever_has_called_them_hears_it(called: str, rosas: Visitor, luiss: Visitor) -> None:
    text_in("I am here with a dog, is that fine?", BEN, NOON + minutes(1))
    assert "data-said" not in counter(rosas)
    text_in(DOOR, ANA, NOON + minutes(2))
    assert "data-said" in counter(rosas)
    assert "data-said" not in counter(luiss)


def test_on_my_way_is_shown_as_it_was_said(called: str, rosas: Visitor) -> None:
    text_in("I'm running 5 min late", ANA, NOON + minutes(1))
    assert said(rosas) == ["I'm running 5 min late"]


def test_the_newest_is_shown_and_how_many_came_before_it(called: str, rosas: Visitor) -> None:
    for index, words in enumerate(("hmm", DOOR, "the green door maybe?")):
        text_in(words, ANA, NOON + minutes(index))
    assert said(rosas) == ["the green door maybe?"]
    assert "and 2 before it" in rosas.page.text


def test_a_text_that_comes_twice_is_one(called: str, rosas: Visitor, queue: Queue) -> None:
    text_in(DOOR, ANA, NOON + minutes(1))
    assert story(open_ticket(rosas, queue, 1)).count("Wrote to the counter") == 1


def test_the_event_log_has_no_words(called: str, queue: Queue) -> None:
    text_in(DOOR, ANA, NOON + minutes(1))
    with reading() as session:
        [event] = session.query(Event).filter_by(kind=EventKind.SAID)
        assert event.facts is None
        assert DOOR not in str(event.before)


@in_turn
@pytest.mark.parametrize("words", ["STOP", "FORGET", "MENU", "thanks", "15", "CET236", "STATUS"])
def test_a_word_of_ours_is_never_shown(called: str, rosas: Visitor, words: str) -> None:
    text_in(words, ANA, NOON + minutes(1))
    assert said(rosas) == []


def test_whoever_has_opted_out_is_heard_all_the_same(called: str, rosas: Visitor) -> None:
    text_in("STOP", ANA, NOON + minutes(1))
    assert text_in(DOOR, ANA, NOON + minutes(2)).text is None
    assert said(rosas) == [DOOR]


def test_after_twenty_in_an_hour_nothing_more_is_shown(called: str, rosas: Visitor) -> None:
    for index in range(25):
        text_in(f"which door, the {index}?", ANA, NOON + minutes(index))
    assert said(rosas) == ["which door, the 19?"]


def test_presses_from_before_can_still_be_undone(called: str, rosas: Visitor) -> None:
    text_in(DOOR, ANA, NOON + minutes(1))
    rosas.open("/control/CET236")
    rosas.press("Undo")
    assert said(rosas)[0] == DOOR, "on their row again"


def test_a_phone_among_the_words_is_masked(called: str, rosas: Visitor) -> None:
    text_in("please ring me at 555 010 1999 when the door opens", ANA, NOON + minutes(1))
    [words] = said(rosas)
    assert "1999" not in words
    assert "please ring me" in words


def test_what_is_said_never_becomes_part_of_the_page(called: str, rosas: Visitor) -> None:
    text_in("<b>which</b> <script>alert(1)</script> door?", ANA, NOON + minutes(1))
    assert said(rosas) == ["<b>which</b> <script>alert(1)</script> door?"]
    assert not [one for one in rosas.page.root.all("script") if "alert(1)" in one.text]


def test_another_business_sees_nothing_of_it(called: str, rosas: Visitor) -> None:
    other = make_queue(make_business(name="Elsewhere", number="+15550100009"), "OTHER")
    join(other, CAI)
    text_in(DOOR, CAI, NOON + minutes(1), to="+15550100009")
    assert said(rosas) == []


def test_it_goes_along_when_they_are_sent_on_to_another_queue(
    called: str, business: Business, queue: Queue, rosas: Visitor, visitor: Visitor
) -> None:
    make_queue(business, "SHAVE", name="Shaves")
    text_in(DOOR, ANA, NOON + minutes(1))
    open_ticket(rosas, queue, 1)
    rosas.press("Transfer")
    rosas.open("/control/SHAVE")
    assert [q.text for q in rosas.page.root.all("q")] == [DOOR]
    assert [q.text for q in visitor.open(f"/t/{called}").root.all("q")] == [DOOR]


@pytest.mark.parametrize("phones", ["0", "1"])
def test_no_export_has_what_was_said(called: str, rosas: Visitor, phones: str) -> None:
    text_in(DOOR, ANA, NOON + minutes(1))
    exported = rosas.client.get(f"/manage/statistics/tickets.csv?phones={phones}")
    assert exported.status_code == 200
    assert "door" not in exported.text


def test_the_counter_sees_until_when_somebody_is_coming(called: str, rosas: Visitor) -> None:
    text_in("I'm running 5 min late", ANA, NOON + minutes(1))
    assert "coming, about 12:06" in rosas.open("/control/CET236").text
    text_in("HERE", ANA, NOON + minutes(3))
    assert "coming, about" not in rosas.open("/control/CET236").text

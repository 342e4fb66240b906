"""The button Save note: what servicers note about somebody for each other."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.people.actors import By
from models.people.business import Business
from models.privacy.forgetting import forget
from models.queueing.notes import LONGEST_NOTE
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading
from tests.bot.transcript import text_in
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Element, Page, Visitor
from tests.world import (
    ANA,
    BEN,
    NOON,
    change,
    join,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    ticket,
)

SAVE = "Save note"
BADGE = "Brings the old badge; needs the ramp."
EVIL = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }} %(number)s"


def notes(page: Page) -> list[str]:
    """The notes of the servicer's page, from the top."""
    return [note.all("bdi")[0].text for note in page.root.all("span", **{"class": "noted"})]


def field(page: Page) -> Element:
    return page.root.all("textarea", id="own-note")[0]


def problem(page: Page) -> str:
    return page.root.all(id="own-note-problem")[0].text


def write(visitor: Visitor, queue: Queue, words: str, number: int = 1) -> Page:
    open_ticket(visitor, queue, number)
    return visitor.press(SAVE, note=words)


def noted(queue: Queue, number: int = 1) -> str | None:
    return ticket(queue, number).note


def noted_events() -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == EventKind.NOTED).order_by(Event.id)))


@pytest.fixture
def ana(queue: Queue) -> str:
    """Ana waits; gives the token of her page."""
    return join(queue, ANA, name="Ana").token


def test_it_stands_on_the_row_and_under_now_serving_for_every_servicer(
    ana: str, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    saved = write(rosas, queue, f"  {BADGE}\n")
    assert saved.notices == ["Your note on 1 is saved."]
    assert notes(saved) == [BADGE]
    assert notes(luiss.open("/control/CET236")) == [BADGE]
    assert notes(rosas.press("Call next")) == [BADGE], "under Now serving"
    assert notes(luiss.open("/control/CET236")) == [BADGE], "with whom Rosa serves"
    assert field(open_ticket(luiss, queue, 1)).text == BADGE


def test_a_long_one_stands_shortened_on_the_row_and_whole_under_now_serving(
    ana: str, queue: Queue, rosas: Visitor
) -> None:
    words = "word " * (LONGEST_NOTE // 5 - 1) + "ends."
    assert len(words) == LONGEST_NOTE
    [row] = notes(write(rosas, queue, words))
    assert words.startswith(row.removesuffix("…"))
    assert len(row) < len(words)
    assert notes(rosas.press("Call next")) == [words]


def test_it_is_changed_and_emptied(ana: str, queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    write(rosas, queue, BADGE)
    assert notes(write(luiss, queue, "Has the badge now.")) == ["Has the badge now."]
    emptied = write(rosas, queue, "  ")
    assert (notes(emptied), emptied.notices) == ([], ["1 has no note now."])
    assert noted(queue) is None


def test_history_tells_who_and_when_and_no_words(
    ana: str, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    write(rosas, queue, BADGE), write(luiss, queue, "Second."), write(luiss, queue, "Second.")
    told = [line for line in story(open_ticket(rosas, queue, 1)) if line.startswith("Note")]
    assert told == ["Note changed by Rosa", "Note changed by Luis"], "the same again is no change"
    assert [(event.before, event.facts) for event in noted_events()] == [(None, None)] * 2


def test_pages_that_are_open_follow(ana: str, queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    def newest() -> str:
        counter = luiss.open("/control/CET236").root.all("div", **{"class": "counter"})[0]
        return counter.attributes["data-change"]

    before = newest()
    write(rosas, queue, BADGE)
    assert newest() != before


def test_the_customer_never_reads_it(ana: str, queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    join(queue, None, source=Source.DESK)
    write(rosas, queue, "Zebrawood hat.")
    pages = [f"/t/{ana}", "/q/CET236", "/q/CET236.json", "/q/CET236/board", "/q/CET236/embed"]
    for state in ("waiting", "called", "served"):
        assert ticket(queue, 1).state == state or rosas.press("Call next" if state == "called" else "Done")
        for path in pages:
            assert "Zebrawood" not in visitor.client.get(path).text, (state, path)
    assert "Zebrawood" not in str(text_in("STATUS", ANA, NOON + minutes(1)))


def test_another_business_never_reads_or_writes_it(
    ana: str, queue: Queue, rosas: Visitor, app: Flask
) -> None:
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    make_queue(elsewhere, "OTHER")
    stranger = make_servicer(elsewhere, "Sam")
    write(rosas, queue, BADGE)
    open_ticket(rosas, queue, 1)
    form = rosas.page.form_of(SAVE)[1] | {"note": "Elsewhere's."}
    theirs = Visitor(app).sign_in(stranger)
    token = theirs.open("/control/OTHER").root.all("input", name="csrf_token")[0].attributes["value"]
    for keyword in ("CET236", "OTHER"):
        address = f"/control/{keyword}/note"
        assert theirs.client.post(address, data=form | {"csrf_token": token}).status_code == 404
    assert theirs.client.get(f"/control/CET236/ticket/{ticket(queue, 1).id}").status_code == 404
    assert noted(queue) == BADGE


def test_a_press_sent_again_for_a_ticket_elsewhere_does_not_tell_whether_words_are_its_note(
    ana: str, business: Business, queue: Queue, rosas: Visitor
) -> None:
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    others = [make_queue(elsewhere, "OTHER"), make_queue(business, "SHAVE", name="Shaves")]
    for other in others:
        join(other, BEN)
        change(1, other, lambda s, t: setattr(t, "note", BADGE))
    page = open_ticket(rosas, queue, 1)
    rosas.press(SAVE, page, note="Mine.")
    action, form = page.form_of(SAVE)
    for other in others:
        sent = [
            rosas.client.post(action, data=form | {"ticket": str(ticket(other, 1).id), "note": words})
            for words in (BADGE, "A wrong guess.")
        ]
        assert [(answer.status_code, answer.text) for answer in sent] == [(303, sent[0].text)] * 2


def test_markup_is_words(ana: str, queue: Queue, rosas: Visitor) -> None:
    pages = [write(rosas, queue, EVIL), rosas.press("Call next"), open_ticket(rosas, queue, 1)]
    rosas.press(SAVE, note=EVIL * 3)
    for page in (*pages, rosas.page):
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
    assert notes(pages[1]) == [EVIL]
    assert field(pages[2]).text == EVIL
    assert rosas.page.form_of(SAVE)[1]["noted"] == EVIL, "the hidden field, too"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x" * (LONGEST_NOTE + 1), f"that's {LONGEST_NOTE + 1} characters. Use at most {LONGEST_NOTE}."),
        ("\u200b\u202e\u2800\x07", "those characters can't be seen"),
    ],
)
def test_what_can_not_be_saved_stays_in_the_field_with_the_reason(
    ana: str, queue: Queue, rosas: Visitor, typed: str, said: str
) -> None:
    write(rosas, queue, BADGE)
    page = write(rosas, queue, typed)
    assert page.status == 422
    assert said in problem(page)
    assert typed in page.html
    assert noted(queue) == BADGE
    rosas.press(SAVE, note="Short.")
    assert noted(queue) == "Short.", "the page in the answer goes on working"


def test_what_is_unseen_is_left_out_and_lines_become_one(ana: str, queue: Queue, rosas: Visitor) -> None:
    write(rosas, queue, "Has\r\na\tdog.\x00\x1b[31m\u202eZ" + "\u0301" * 30 + "oe")
    assert noted(queue) == "Has a dog.[31mZ\u0301\u0301\u0301oe"


def test_a_colleagues_note_is_not_replaced_unread(
    ana: str, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    open_ticket(luiss, queue, 1)
    write(rosas, queue, BADGE)
    page = luiss.press(SAVE, note="Needs a receipt.")
    assert page.status == 422
    assert problem(page).endswith("this note has changed in the meantime. Save again to replace it.")
    assert page.root.all(id="own-note-now")[0].text == f"It says: {BADGE}"
    assert (field(page).text, noted(queue)) == ("Needs a receipt.", BADGE)
    luiss.press(SAVE, note="Needs a receipt. " + BADGE)
    assert noted(queue) == "Needs a receipt. " + BADGE


def test_the_same_words_from_both_are_no_quarrel(
    ana: str, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    open_ticket(luiss, queue, 1)
    write(rosas, queue, BADGE)
    assert luiss.press(SAVE, note=BADGE).notices == ["Your note on 1 is saved."]
    assert len(noted_events()) == 1


def test_the_same_press_twice_is_saved_once_and_never_brings_old_words_back(
    ana: str, queue: Queue, rosas: Visitor
) -> None:
    page = open_ticket(rosas, queue, 1)
    rosas.press(SAVE, page, note=BADGE)
    write(rosas, queue, "Newer.")
    again = rosas.press(SAVE, page, note=BADGE)
    assert "changed in the meantime" in problem(again)
    assert (field(again).text, noted(queue)) == (BADGE, "Newer.")


def test_the_same_press_twice_is_told_and_no_other_words_are_lost(
    ana: str, queue: Queue, rosas: Visitor
) -> None:
    page = open_ticket(rosas, queue, 1)
    rosas.press(SAVE, page, note=BADGE)
    assert rosas.press(SAVE, page, note=f" {BADGE} ").notices[0].startswith("You already pressed that.")
    second = rosas.press(SAVE, page, note="And the ramp.")
    assert "changed in the meantime" in problem(second)
    assert second.root.all(id="own-note-now")[0].text == f"It says: {BADGE}"
    assert (field(second).text, noted(queue)) == ("And the ramp.", BADGE)
    rosas.press(SAVE, note=f"{BADGE} And the ramp.")
    assert noted(queue) == f"{BADGE} And the ramp."


def test_a_form_that_lost_its_field_deletes_nothing(ana: str, queue: Queue, rosas: Visitor) -> None:
    write(rosas, queue, BADGE)
    open_ticket(rosas, queue, 1)
    form = rosas.page.form_of(SAVE)[1]
    del form["note"]
    assert rosas.client.post("/control/CET236/note", data=form).status_code == 400
    assert noted(queue) == BADGE


def test_somebody_else_may_have_them_or_they_may_have_gone_meanwhile(
    ana: str, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    open_ticket(luiss, queue, 1)
    rosas.press("Call next")
    luiss.press(SAVE, note="Allergic to the blue dye.")
    assert notes(rosas.open("/control/CET236")) == ["Allergic to the blue dye."]
    rosas.press("Done")
    assert "saved" in write(luiss, queue, "Forgot an umbrella.").notices[0]
    assert field(open_ticket(rosas, queue, 1)).text == "Forgot an umbrella."


def test_undo_goes_on_to_the_press_before_and_leaves_the_note(ana: str, queue: Queue, rosas: Visitor) -> None:
    rosas.press("Call next")
    write(rosas, queue, BADGE)
    rosas.press("Undo")
    assert (ticket(queue, 1).state, noted(queue)) == ("waiting", BADGE)


def test_writing_is_no_sign_of_being_on_duty(ana: str, queue: Queue, luiss: Visitor) -> None:
    write(luiss, queue, BADGE)
    assert "Take a break" not in luiss.page.buttons


def test_it_goes_along_with_a_transfer_and_comes_back(
    ana: str, business: Business, queue: Queue, rosas: Visitor
) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    write(rosas, queue, BADGE)
    late = open_ticket(rosas, queue, 1)
    rosas.press("Transfer")
    assert noted(shaves) == BADGE
    page = rosas.press(SAVE, late, note="For the old number.")
    assert "can't have a note any more. For the old number." in page.text, "the words can still be copied"
    write(rosas, shaves, "Wants a shave only.")
    rosas.open("/control/CET236")
    rosas.press("Undo")
    assert noted(queue) == "Wants a shave only."


def test_a_second_number_of_the_same_customer_begins_without_it(
    ana: str, queue: Queue, rosas: Visitor
) -> None:
    write(rosas, queue, BADGE)
    text_in("LEAVE", ANA, NOON + minutes(1)), text_in("CET236", ANA, NOON + minutes(2))
    assert (noted(queue, 1), noted(queue, 2)) == (BADGE, None)


def test_of_somebody_forgotten_there_is_none_and_none_can_be_written(
    ana: str, queue: Queue, rosas: Visitor
) -> None:
    join(queue, BEN)
    write(rosas, queue, BADGE), write(rosas, queue, "Ben's.", 2)
    before = open_ticket(rosas, queue, 1)
    change(1, queue, lambda s, t: forget(s, t.customer, by=By.customer(), now=NOON + minutes(1)))
    assert (noted(queue, 1), noted(queue, 2)) == (None, "Ben's.")
    assert "can't have a note any more" in rosas.press(SAVE, before, note="Still.").text
    assert noted(queue, 1) is None
    assert SAVE not in open_ticket(rosas, queue, 1).buttons

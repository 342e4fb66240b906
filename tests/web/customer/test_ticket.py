"""A customer's ticket page: its clearly different screens, and its buttons."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from models.waiting.estimator import WaitState
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.web.customer.test_queue_page import close, pause, set_waits
from tests.web.customer.test_takes_number import CLOSED
from tests.web.visitor import Page, Visitor
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    TICKET_VERBS,
    call_next,
    change,
    join,
    line,
    make_desk,
    minutes,
    outbox,
    ticket,
)

CONTRACT = ("You are number", "ahead of you", "You're next", "It's your turn", "You're done")


@pytest.fixture
def chair(queue: Queue) -> Desk:
    return make_desk(queue, "Chair 1")


def do(number: int, queue: Queue, verb: str, by: By, **values: Any) -> None:
    def work(session: Session, found: Ticket) -> None:
        TICKET_VERBS[verb](session, found, by=by, now=NOON + minutes(1), **values)

    change(number, queue, work)


def said(page: Page) -> set[str]:
    """Which of the documented sentences are anywhere in the page, including its title."""
    return {words for words in CONTRACT if words in page.html}


def screen(page: Page) -> str:
    classes = page.root.all("body")[0].attributes["class"].split()
    return next(name for name in classes if name.startswith("screen-"))


def test_waiting_shows_the_number_how_many_are_ahead_and_when(queue: Queue, visitor: Visitor) -> None:
    join(queue, BEN), join(queue, CAI)
    token = join(queue, ANA).token
    set_waits(queue, WaitState.OK, [[5, 3, 8], [9, 7, 12], [16, 12, 24]])
    page = visitor.open(f"/t/{token}")
    assert page.headings == ["You are number 3"]
    assert "2 ahead of you" in page.text
    assert "about 10–25 min" in page.text
    assert "about 12:10–12:25" in page.text
    assert said(page) == {"You are number", "ahead of you"}
    assert screen(page) == "screen-waiting"
    assert page.buttons == ["Send", "Set", "Leave the queue"]


def test_the_times_are_those_of_the_business(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token

    def moves(session: Session) -> None:
        session.get_one(Queue, queue.id).business.timezone = "Asia/Kathmandu"

    transaction(moves)
    set_waits(queue, WaitState.OK, [[3, 2, 4]])
    assert "about 17:47–17:49" in visitor.open(f"/t/{token}").text


def test_next_in_line(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{join(queue, ANA).token}")
    assert said(page) == {"You are number", "You're next"}
    assert screen(page) == "screen-next"
    assert "0 ahead" not in page.html


def test_the_turn_names_the_desk(queue: Queue, rosa: Servicer, chair: Desk, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    call_next(queue, rosa, desk=chair)
    page = visitor.open(f"/t/{token}")
    assert page.headings == ["It's your turn"]
    assert "Please come to Chair 1" in page.text
    assert "called at 12:00" in page.text
    assert said(page) == {"You are number", "It's your turn"}
    assert screen(page) == "screen-turn"


def test_the_turn_without_a_desk_is_at_the_counter(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    call_next(queue, rosa)
    assert "Please come to the counter" in visitor.open(f"/t/{token}").text


def test_being_served_one_can_only_say_that_one_has_left(
    queue: Queue, rosa: Servicer, chair: Desk, visitor: Visitor
) -> None:
    token = join(queue, ANA).token
    call_next(queue, rosa, desk=chair)
    do(1, queue, "start", By.servicer(rosa.id))
    page = visitor.open(f"/t/{token}")
    assert page.headings == ["You're being served"]
    assert "at Chair 1" in page.text
    assert said(page) == set()
    assert screen(page) == "screen-serving"
    assert page.buttons == ["Send", "Leave the queue"]


def test_done_offers_another_number(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    token = join(queue, ANA, name="Ana", party=3).token
    call_next(queue, rosa)
    do(1, queue, "finish", By.servicer(rosa.id))
    page = visitor.open(f"/t/{token}")
    assert page.headings == ["You're done"]
    assert said(page) == {"You're done"}
    assert page.buttons == ["Take another number"]
    page = visitor.press("Take another number")
    assert page.headings == ["You are number 2"]
    again = ticket(queue, 2)
    assert (again.name, again.party, page.path) == ("Ana", 3, f"/t/{again.token}")
    assert (2, "joined", "waiting") in outbox(queue)


@in_turn
@pytest.mark.parametrize(
    ("verb", "heading", "words"),
    [
        ("leave", "You have left the queue", "Everyone behind you moves up"),
        ("remove", "Removed from the line", "ask at the counter"),
        ("mark_no_show", "We missed you", "We called you at 12:00 but didn't find you."),
        ("day ended", "Closed before your turn", "Sorry we didn't get to you"),
    ],
)
def test_other_ends_are_told_kindly(
    queue: Queue, rosa: Servicer, visitor: Visitor, verb: str, heading: str, words: str
) -> None:
    token = join(queue, ANA).token
    if verb == "mark_no_show":
        call_next(queue, rosa)
    if verb == "day ended":
        do(1, queue, "leave", By.clock(), reason=DAY_ENDED)
    else:
        do(1, queue, verb, By.servicer(rosa.id))
    page = visitor.open(f"/t/{token}")
    assert page.headings[0] == heading
    assert words in page.text
    assert said(page) == set()
    assert page.buttons == [*(["I'm still coming"] if verb == "leave" else []), "Take another number"]
    assert "refresh" not in [meta.attributes.get("http-equiv") for meta in page.root.all("meta")]


def test_put_back_is_waiting_again(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    join(queue, BEN)
    call_next(queue, rosa)
    do(1, queue, "put_back", By.servicer(rosa.id))
    page = visitor.open(f"/t/{token}")
    assert "1 ahead of you" in page.text
    assert said(page) == {"You are number", "ahead of you"}


def test_a_paused_or_unstaffed_line_promises_no_time_of_day(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    set_waits(queue, WaitState.UNSTAFFED, [[14, 11, 23]])
    page = visitor.open(f"/t/{token}")
    assert "The counter isn't staffed right now. about 10–25 min once it is" in page.text
    assert "12:" not in page.text
    pause(queue, "lunch")
    page = visitor.open(f"/t/{token}")
    assert "Paused: lunch. We're not calling anyone for now. You keep your place." in page.text
    assert "about 10–25 min once it moves again" in page.text
    assert "12:" not in page.text


def test_leaving_gives_the_place_up_once(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{join(queue, ANA).token}")
    join(queue, BEN)
    assert visitor.press("Leave the queue").headings == ["You have left the queue"]
    assert visitor.press("Leave the queue", page).headings == ["You have left the queue"]
    assert line(queue) == [2]
    assert ticket(queue, 1).state == TicketState.LEFT


def test_who_left_by_mistake_has_the_old_place_again(queue: Queue, visitor: Visitor) -> None:
    now = datetime.now(UTC)
    visitor.open(f"/t/{join(queue, ANA, now).token}")
    join(queue, BEN, now)
    page = visitor.press("Leave the queue")
    assert page.buttons == ["I'm still coming", "Take another number"]
    page = visitor.press("I'm still coming", page)
    assert page.headings == ["You are number 1"]
    assert "You're back in line at your old place." in page.text
    assert line(queue) == [1, 2]
    assert outbox(queue) == []


def test_after_five_minutes_only_another_number_is_left(queue: Queue, visitor: Visitor) -> None:
    now = datetime.now(UTC)
    token = join(queue, ANA, now - minutes(9)).token
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=now - minutes(4.5)))
    early = visitor.open(f"/t/{token}")
    transaction(lambda s: setattr(s.get_one(Ticket, ticket(queue, 1).id), "ended_at", now - minutes(5)))
    page = visitor.press("I'm still coming", early)
    assert page.notices == ["Too late: we only keep your place for five minutes."]
    assert page.buttons == ["Take another number"]


def test_who_was_removed_is_not_asked_whether_they_still_come(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    change(1, queue, lambda s, t: ending.remove(s, t, by=By.command(), now=datetime.now(UTC)))
    assert visitor.open(f"/t/{token}").buttons == ["Take another number"]


def test_who_was_forgotten_reads_that_and_no_thanks_for_leaving(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    change(1, queue, lambda s, t: forget(s, t.customer, by=By.command(), now=datetime.now(UTC)))
    page = visitor.open(f"/t/{token}")
    assert "We've erased your phone number, name and texts." in page.text
    assert "Thanks for telling us" not in page.text
    assert "I'm still coming" not in page.buttons


def test_leaving_is_one_button_in_sight(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{join(queue).token}")
    assert page.root.all("details") == []
    assert "Leave the queue" in page.buttons


def test_one_may_leave_after_being_called_but_not_while_being_served(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    token = join(queue, ANA).token
    call_next(queue, rosa)
    called = visitor.open(f"/t/{token}")
    do(1, queue, "start", By.servicer(rosa.id))
    assert visitor.press("Leave the queue", called).headings == ["You're being served"]
    assert ticket(queue, 1).state == TicketState.SERVING


def test_a_double_press_of_take_another_number_gives_one(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    token = join(queue, ANA).token
    do(1, queue, "leave", By.customer())
    page = visitor.open(f"/t/{token}")
    first = visitor.press("Take another number")
    assert visitor.press("Take another number", page).path == first.path
    do(2, queue, "leave", By.customer())
    assert visitor.press("Take another number", page).path == first.path
    assert line(queue) == []


def test_an_old_link_takes_no_numbers_for_its_phone_any_more(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    do(1, queue, "leave", By.customer())
    open_tab = visitor.open(f"/t/{token}")
    with time_machine.travel(NOON + timedelta(days=1, minutes=1)):
        assert "Take another number" not in visitor.open(f"/t/{token}").buttons
        page = visitor.press("Take another number", open_tab)
    assert page.notices == ["That link has expired. Take a number here, or text the keyword."]
    assert line(queue) == []


def test_no_other_number_where_the_queue_has_closed(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    do(1, queue, "leave", By.customer())
    open_tab = visitor.open(f"/t/{token}")
    close(queue)
    page = visitor.open(f"/t/{token}")
    assert page.buttons == []
    assert "Haircuts is closed right now" in page.text
    page = visitor.press("Take another number", open_tab)
    assert page.notices == [CLOSED]


@pytest.mark.parametrize("token", ["A" * 16, "x", "é" * 16, "%00" * 16, "1' OR 1=1 --abcd", "A" * 500])
def test_a_guessed_address_shows_nothing(queue: Queue, visitor: Visitor, token: str) -> None:
    join(queue, ANA)
    assert visitor.open(f"/t/{token}").status == 404
    visitor.open("/q/CET236")
    _, fields = visitor.page.form_of("Take a number")
    for verb in ("leave", "again"):
        assert visitor.client.post(f"/t/{token}/{verb}", data=fields).status_code == 404
    assert line(queue) == [1]


def test_it_shows_no_other_persons_data(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    bens = join(queue, BEN, name="Benedito")
    join(queue, CAI, name="Caio")
    token = join(queue, ANA, name="Ana").token
    call_next(queue, rosa)
    html = visitor.open(f"/t/{token}").html
    for private in ("Benedito", "Caio", "Rosa", bens.token, ANA, BEN, CAI, ANA[1:]):
        assert private not in html


def test_every_press_needs_its_csrf_token(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    assert visitor.client.post(f"/t/{token}/leave").status_code == 400
    assert visitor.client.post(f"/t/{token}/again").status_code == 400
    assert line(queue) == [1]


def test_the_address_goes_nowhere_and_the_page_is_kept_nowhere(queue: Queue, visitor: Visitor) -> None:
    answer = visitor.client.get(f"/t/{join(queue, ANA).token}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex' in answer.text


def test_buttons_work_behind_https_although_no_referrer_is_sent(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    page = Page(200, visitor.client.get(f"/t/{token}", base_url="https://localhost").text, f"/t/{token}")
    action, fields = page.form_of("Leave the queue")
    answer = visitor.client.post(action, data=fields, base_url="https://localhost")
    assert answer.status_code == 303
    assert line(queue) == []


def test_without_javascript_it_refreshes_every_ten_seconds(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{join(queue, ANA).token}")
    (refresh,) = page.root.all("noscript")[0].all("meta", **{"http-equiv": "refresh"})
    assert refresh.attributes["content"] == "10"


def test_who_gets_no_texts_is_not_promised_any(queue: Queue, visitor: Visitor) -> None:
    for _ in range(9):
        join(queue, None)
    page = visitor.open(f"/t/{join(queue, ANA).token}")
    assert "We'll text you when you're nearly up" in page.text
    change(10, queue, lambda session, t: t.customer.opt_out(session, t.our_number_id, NOON))
    page = visitor.open(page.path)
    assert "We can't text you about this number" in page.text
    assert "We'll text you" not in page.text


@pytest.mark.parametrize(
    ("asked", "begins"), [(None, "Tiene el número 1"), ("LANG fr", "Vous avez le numéro 1")]
)
def test_the_page_is_in_the_language_they_text_in_unless_they_asked_for_another(
    queue: Queue, visitor: Visitor, asked: str | None, begins: str
) -> None:
    text_in("Hola CET236")
    if asked:
        text_in(asked)
    page = visitor.open(f"/t/{ticket(queue, 1).token}")
    assert page.text.startswith(begins)

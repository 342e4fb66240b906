"""What a shop's own site shows of a queue: JSON, the badge and the page for a frame."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.line.wait_table import store_waits
from models.queueing.opening import begin_last_call, close_queue, open_queue, pause_queue
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import transaction
from models.waiting.estimator import WaitState
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, join, make_desk, make_queue

ADDRESSES = ("/q/CET236.json", "/q/CET236/badge.svg", "/q/CET236/embed")
CHANGES = {
    "Open": open_queue,
    "Pause": pause_queue,
    "Last call": begin_last_call,
    "Close": close_queue,
}
# What may follow a state.
POSSIBLE = {
    QueueState.OPEN: ["Pause", "Last call", "Close"],
    QueueState.PAUSED: ["Open"],
    QueueState.LAST_CALL: ["Open", "Close"],
    QueueState.CLOSED: ["Open"],
}
# What the queue's page says where it gives no numbers, or will be slow with them.
SAYS = {
    QueueState.OPEN: "",
    QueueState.PAUSED: "Paused",
    QueueState.LAST_CALL: "Last call",
    QueueState.CLOSED: "Closed right now",
}


def change(queue: Queue, how: str, minutes: int = 0) -> None:
    transaction(
        lambda session: CHANGES[how](
            session, Queue.lock(session, queue.id), by=By.command(), now=NOON + timedelta(minutes=minutes)
        )
    )


def set_waits(queue: Queue, curve: list[list[float]]) -> None:
    transaction(
        lambda session: store_waits(
            session, queue.id, curve=curve, state=WaitState.OK, last_event_id=10**6, now=NOON
        )
    )


def test_it_says_in_figures_what_the_page_says(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN), join(queue, CAI)
    call_next(queue, rosa, desk=make_desk(queue, "Chair 1"))
    set_waits(queue, [[5, 3, 8], [14, 11, 23]])
    figures = visitor.client.get("/q/CET236.json").get_json()
    assert figures == {
        "keyword": "CET236",
        "name": queue.name,
        "business": "Barber Lopes",
        "join": "http://127.0.0.1:8000/q/CET236",
        "state": "open",
        "takes_numbers": True,
        "pace": figures["pace"],
        "waiting": 2,
        "wait_low": 15,
        "wait_high": 35,
        "now_serving": [{"number": 1, "label": "1", "desk": "Chair 1", "since": None}],
    }


def test_a_number_with_a_letter_is_said_with_it(business: Business, rosa: Servicer, visitor: Visitor) -> None:
    cuts = make_queue(business, "CUTS", prefix="A")
    join(cuts, ANA), call_next(cuts, rosa)
    (one,) = visitor.client.get("/q/CUTS.json").get_json()["now_serving"]
    assert (one["number"], one["label"]) == (1, "A1")


def test_all_three_say_what_the_page_says_at_fifty_moments(
    queue: Queue, rosa: Servicer, luis: Servicer, visitor: Visitor
) -> None:
    chance, states = Random(236), set()
    for moment in range(50):
        match chance.randrange(4):
            case 0 | 1 if visitor.client.get("/q/CET236.json").get_json()["takes_numbers"]:
                join(queue, f"+1555020{moment:04}")
            case 2:
                with suppress(NotPossible):  # they still serve somebody, or the line is paused
                    call_next(queue, chance.choice([rosa, luis]), now=NOON + timedelta(minutes=moment))
            case _:
                state = QueueState(visitor.client.get("/q/CET236.json").get_json()["state"])
                change(queue, chance.choice(POSSIBLE[state]), moment)
        figures = visitor.client.get("/q/CET236.json").get_json()
        page, embed = visitor.open("/q/CET236").text, visitor.open("/q/CET236/embed").text
        badge = visitor.client.get("/q/CET236/badge.svg").text
        states.add(figures["state"])
        assert SAYS[QueueState(figures["state"])] in page
        assert SAYS[QueueState(figures["state"])] in embed
        for one in figures["now_serving"]:
            assert f" {one['number']} " in page
            assert f" {one['number']} " in embed
        if figures["waiting"]:
            for shown in (page, embed, badge):
                assert f"{figures['waiting']} waiting" in shown
        if figures["takes_numbers"]:
            assert str(figures["wait_high"]) in page
            assert str(figures["wait_high"]) in embed
        else:
            assert figures["wait_low"] is figures["wait_high"] is None
    assert len(states) == len(QueueState)


@pytest.mark.parametrize("address", ADDRESSES)
def test_other_sites_may_read_it_and_get_no_cookie(queue: Queue, visitor: Visitor, address: str) -> None:
    answer = visitor.client.get(address, headers={"Origin": "https://shop.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_kept_for_two_seconds_and_sent_again_when_it_has_changed(
    queue: Queue, visitor: Visitor, address: str
) -> None:
    first = visitor.client.get(address)
    assert first.headers["Cache-Control"] == "public, max-age=2"
    known = {"If-None-Match": first.headers["ETag"]}
    assert visitor.client.get(address, headers=known).status_code == 304
    join(queue, ANA)
    assert visitor.client.get(address, headers=known).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_queue_out_of_use_has_no_figures(queue: Queue, visitor: Visitor, address: str) -> None:
    transaction(lambda session: session.execute(update(Queue).values(archived_at=NOON)))
    assert visitor.client.get(address).status_code == (200 if address.endswith("embed") else 404)
    assert visitor.client.get(address.replace("CET236", "NOPE")).status_code == 404


def test_the_frame_of_a_queue_out_of_use_says_so(queue: Queue, visitor: Visitor) -> None:
    transaction(lambda session: session.execute(update(Queue).values(archived_at=NOON)))
    page = visitor.open("/q/CET236/embed")
    assert "no longer" in page.text
    assert not page.root.all("a")
    assert "X-Frame-Options" not in visitor.client.get("/q/CET236/embed").headers


def test_a_program_is_told_in_json_that_there_is_no_queue(queue: Queue, visitor: Visitor) -> None:
    assert "keyword" in visitor.client.get("/q/NOPE.json").get_json()["error"]


def test_the_page_for_a_frame_has_nothing_to_press(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET236/embed")
    assert page.root.all("form") == page.root.all("button") == []
    (link,) = page.root.all("a")
    assert link.attributes["target"] == "_blank"
    assert link.attributes["rel"] == "noopener"
    assert link.attributes["href"] == "http://127.0.0.1:8000/q/CET236"


def test_they_name_nobody(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    first, second = join(queue, ANA, name="Ana"), join(queue, BEN, name="Benedita")
    call_next(queue, rosa)
    for address in ADDRESSES:
        answer = visitor.client.get(address).text
        for private in ("Ana", "Benedita", ANA, BEN, "Rosa", first.token, second.token):
            assert private not in answer


def test_a_badge_is_a_drawing_whatever_the_names_are(
    business: Business, queue: Queue, visitor: Visitor
) -> None:
    evil = """<script>alert(1)</script> & "Söhne" ]]>"""
    transaction(lambda session: session.execute(update(Business).values(name=evil)))
    drawing = ElementTree.fromstring(visitor.client.get("/q/CET236/badge.svg").text)
    title = drawing.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert evil in str(title.text)
    assert not drawing.findall(".//{http://www.w3.org/2000/svg}script")


@pytest.mark.parametrize(("language", "words"), [("es", "esperando"), ("xx", "waiting"), ("<b>", "waiting")])
def test_it_speaks_the_language_that_is_asked_for(
    queue: Queue, visitor: Visitor, language: str, words: str
) -> None:
    join(queue, ANA)
    answer = visitor.client.get("/q/CET236/badge.svg", query_string={"lang": language})
    assert words in answer.text
    assert "<b>" not in answer.text


def test_the_queues_settings_have_the_words_to_copy(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    frame, badge = snippets(visitor.sign_in(rosa).open("/manage/queues/CET236"))
    assert 'src="http://127.0.0.1:8000/q/CET236/embed"' in frame
    assert 'src="http://127.0.0.1:8000/q/CET236/badge.svg"' in badge


def test_a_name_with_quotes_or_markup_breaks_nothing_on_the_site_that_it_is_copied_to(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    name = """Ana's "best" <b>cuts</b> & more"""
    transaction(lambda session: session.execute(update(Queue).values(name=name)))
    for snippet in snippets(visitor.sign_in(rosa).open("/manage/queues/CET236")):
        root = Page(200, snippet, "").root
        assert not root.all("b")
        (shown,) = [*root.all("iframe"), *root.all("img")]
        assert name in (shown.attributes.get("title"), shown.attributes.get("alt"))


def snippets(page: Page) -> list[str]:
    """What the manager copies, as the page's text fields hold it."""
    return [field.text for field in page.root.all("textarea") if "snippet" in field.attributes["class"]]

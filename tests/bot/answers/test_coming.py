"""On my way: answered with thanks, in five languages; whoever was called is waited for."""

import pytest
from sqlalchemy.orm import Session

from jobs.queues.no_shows import NoShows
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, moving
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, NOON, call_next, change, make_queue, minutes, ticket


@in_turn
@pytest.mark.parametrize(
    ("words", "thanks"),
    [
        ("on my way", "Thanks, number 1. ..."),
        ("running 5 late", "Thanks, number 1. ..."),
        ("ya voy", "Gracias, numero 1. ..."),
        ("j'arrive", "Merci, numéro 1. ..."),
        ("estou a caminho", "Obrigado, numero 1. ..."),
        ("bin unterwegs", "Danke, Nummer 1. ..."),
    ],
)
def test_whoever_waits_is_thanked_in_the_language_they_write(
    db: Database, queue: Queue, words: str, thanks: str
) -> None:
    play(f"""
        > CET236
        < You are number 1 ...
        > {words}
        < {thanks}
    """)
    assert (ticket(queue, 1).state, ticket(queue, 1).arrived_at) == ("waiting", None)


def text_leaves(queue: Queue) -> None:
    def work(session: Session) -> None:
        [turn] = session.query(OutboundMessage).filter_by(kind=TextKind.YOUR_TURN)
        turn.state, turn.claimed_at, turn.accepted_at = TextState.ACCEPTED, NOON, NOON

    transaction(work)


@pytest.fixture
def called(db: Database, queue: Queue, rosa: Servicer) -> None:
    """Rosa has called Ana."""
    text_in("CET236")
    call_next(queue, rosa)


@in_turn
@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("I'm running 5 min late", "12:06 PM"),
        ("on my way", "12:06 PM"),
        ("1", "12:06 PM"),
        ("9", "12:10 PM"),
        ("12", "12:13 PM"),
        ("15 min", "12:16 PM"),
        ("45 min late", "12:20 PM"),
    ],
)
def test_whoever_is_called_is_waited_for_and_told_until_when(
    called: None, queue: Queue, words: str, until: str
) -> None:
    answer = text_in(words, ANA, NOON + minutes(1)).text or ""
    clock = until.removesuffix(" PM")
    assert answer.startswith(f"Thanks, number 1. We'll wait for you until {clock}"), answer
    deadline = ticket(queue, 1).coming_until
    assert deadline is not None
    assert f"{deadline:%H:%M}" == clock
    assert (ticket(queue, 1).no_show_after or NOON) >= deadline
    assert (ticket(queue, 1).remind_after or NOON) >= deadline


def test_nobody_is_reminded_or_given_up_before_that(called: None, queue: Queue) -> None:
    text_leaves(queue)
    text_in("15 min late", ANA, NOON + minutes(1))
    NoShows().run(NOON + minutes(15))
    assert (ticket(queue, 1).state, ticket(queue, 1).not_here_at) == ("called", None)
    assert ticket(queue, 1).remind_after is not None
    NoShows().run(NOON + minutes(17))
    assert ticket(queue, 1).remind_after is None, "reminded now"


def test_nobody_is_waited_for_longer_than_twenty_minutes_after_the_call(called: None, queue: Queue) -> None:
    text_in("15 min late", ANA, NOON + minutes(10))
    assert ticket(queue, 1).coming_until == NOON + minutes(20)
    answer = text_in("15 min late", ANA, NOON + minutes(21)).text or ""
    assert "until" not in answer
    assert answer.startswith("Thanks, number 1. Please come to ")


@pytest.mark.parametrize(("most", "until"), [(8, "12:08"), (0, None)])
def test_how_long_that_is_is_a_rule_of_the_queue(
    db: Database, business: Business, rosa: Servicer, most: int, until: str | None
) -> None:
    queue = make_queue(business, "CET236", coming_minutes=most)
    text_in("CET236")
    call_next(queue, rosa)
    answer = text_in("15 min late", ANA, NOON + minutes(1)).text or ""
    thanks = f"We'll wait for you until {until}" if until else "Please come to "
    assert answer.startswith(f"Thanks, number 1. {thanks}"), answer


def test_it_is_over_once_they_are_served_or_put_back(called: None, queue: Queue) -> None:
    text_in("5 min late", ANA, NOON + minutes(1))
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.command(), now=NOON + minutes(2)))
    assert ticket(queue, 1).coming_until is None


def test_a_new_call_waits_for_nobody_yet(called: None, queue: Queue, rosa: Servicer) -> None:
    text_in("5 min late", ANA, NOON + minutes(1))
    change(1, queue, lambda s, t: calling.call_again(s, t, by=By.command(), now=NOON + minutes(2)))
    assert ticket(queue, 1).coming_until is None


def test_somebody_without_a_number_is_told_so(db: Database, queue: Queue) -> None:
    play("""
        > on my way
        < You're not in line right now. ...
    """)

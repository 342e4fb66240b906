"""On my way: answered with thanks, in five languages; it changes nothing."""

import pytest

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.bot.transcript import play, text_in
from tests.world import ANA, NOON, call_next, minutes, ticket


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


def test_whoever_is_called_is_told_where_to_and_nothing_is_held(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236")
    call_next(queue, rosa)
    before = ticket(queue, 1).no_show_after
    thanks = text_in("5 min late", ANA, NOON + minutes(1)).text or ""
    assert thanks.startswith("Thanks, number 1. Please come to ")
    assert "until" not in thanks
    assert ticket(queue, 1).no_show_after == before


def test_somebody_without_a_number_is_told_so(db: Database, queue: Queue) -> None:
    play("""
        > on my way
        < You're not in line right now. ...
    """)

"""Somebody who waits says who they are, or how many: as a name or a party, never by a sentence."""

import pytest
from sqlalchemy import select

from bot.reply_kinds import ReplyKind
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.world import ticket


@in_turn
@pytest.mark.parametrize(
    ("body", "name", "party"),
    [
        *(("CET236 Ben", "Ben", 4), ("CET236 ben 2", "ben", 2), ("CET236 Ben 1", "Ben", 1)),
        *(("CET236 1", "Ana", 1), ("CET236 party of 1", "Ana", 1), ("CET236 we are 3", "Ana", 3)),
        *(("CET236 my name is Ben", "Ben", 4), ("hola, me llamo Ben, CET236", "Ben", 4)),
        ("CET236 Maria de la Cruz", "Maria de la Cruz", 4),
    ],
)
def test_a_name_or_a_party_said_as_such_is_changed(
    db: Database, queue: Queue, body: str, name: str, party: int
) -> None:
    text_in("CET236 Ana 4")
    assert text_in(body).kind == ReplyKind.ALREADY_WAITING
    assert (ticket(queue, 1).name, ticket(queue, 1).party) == (name, party)


@in_turn
@pytest.mark.parametrize(
    "body",
    [
        *("CET236", "cet236 please", "CET236 just checking in", "CET236 sorry wrong queue", "CET236 thanks"),
        *("CET236 how long is the wait", "CET236 can't make it", "CET236 15 min", "AGAIN CET236"),
        *("CET236 todavía estoy aquí esperando", "CET236 ich warte noch", "CET236 j'attends encore"),
        "CET236 I have been waiting here since 2",
    ],
)
def test_a_sentence_renames_nobody_who_waits(db: Database, queue: Queue, body: str) -> None:
    text_in("CET236 Ana 4")
    text_in(body)
    assert (ticket(queue, 1).name, ticket(queue, 1).party) == ("Ana", 4)
    with reading() as session:
        assert session.scalars(select(Event.id).where(Event.kind == EventKind.NAMED)).all() == []


def test_for_a_new_number_the_rest_is_the_name_as_it_stands(db: Database, queue: Queue) -> None:
    text_in("CET236 for Ana and 3 friends")
    assert ticket(queue, 1).name == "for Ana and 3 friends"

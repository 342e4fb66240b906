"""Waiting for Postgres blocks briefly, and yields to gevent only for slow answers."""

import socket
from collections.abc import Generator

from psycopg.waiting import Ready, Wait

from web.http.inline_db_wait import _answered_soon


def asking(wanted: Wait) -> Generator[Wait, Ready, list[Ready]]:
    """Waits twice for the socket, like psycopg does."""
    return [(yield wanted), (yield wanted)]


def test_a_ready_answer_is_read_without_yielding() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.send(b"x")
        assert _waited_for(here, Wait.R) == ([], [Ready.R, Ready.R])


def test_a_slow_answer_yields_to_other_greenlets() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert _waited_for(here, Wait.R) == ([Wait.R, Wait.R], [Ready.NONE, Ready.NONE])


def test_a_writable_connection_is_ready_at_once() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert _waited_for(here, Wait.RW) == ([], [Ready.W, Ready.W])


def test_a_connection_that_has_ended_is_noticed() -> None:
    here, there = socket.socketpair()
    with here:
        there.close()
        assert _waited_for(here, Wait.R)[0] == []


def _waited_for(connection: socket.socket, wanted: Wait) -> tuple[list[int], list[Ready]]:
    """What the generator yielded, and what it returned."""
    waiting, asked = _answered_soon(asking(wanted), connection.fileno()), []
    try:
        asked.append(next(waiting))
        while True:
            asked.append(waiting.send(Ready.NONE))
    except StopIteration as end:
        return asked, end.value

"""Blocks for up to a millisecond on each Postgres answer before it yields to other greenlets.

A button press makes about twenty queries, 0.2 ms each, while it holds its queue's lock. If every query let
another greenlet render a page first, eight servicers would wait a second for each other.
"""

import select
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from gevent import monkey
from psycopg.waiting import Ready, Wait
from sqlalchemy import event
from sqlalchemy.engine import Engine

T = TypeVar("T")

MILLISECONDS = 1  # longer waits, such as for a lock, yield to other greenlets


def set_up(engine: Engine) -> None:
    """Must be called before the engine opens its first connection."""
    if engine.dialect.name == "postgresql" and monkey.is_module_patched("select"):
        event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
    return _Connection.connect(*given, **named)


class _Connection(psycopg.Connection[Any]):
    def wait(self, gen: Generator[Any, Any, T], *given: Any, **named: Any) -> T:
        return super().wait(_answered_soon(gen, self.pgconn.socket), *given, **named)


def _answered_soon(gen: Generator[Any, Any, T], descriptor: int) -> Generator[Any, Any, T]:
    """Wraps psycopg's wait generator: yields only if the socket is not ready within a millisecond."""
    poll = monkey.get_original("select", "poll")()
    try:
        wanted = next(gen)
        while True:
            poll.register(descriptor, _bits(wanted))
            ready = 0
            for _, bits in poll.poll(MILLISECONDS):
                ready |= Ready.R if bits & ~select.POLLOUT else 0
                ready |= Ready.W if bits & select.POLLOUT else 0
            wanted = gen.send(ready or (yield wanted))
    except StopIteration as end:
        answer: T = end.value
        return answer


def _bits(wanted: Wait) -> int:
    reads = select.POLLIN if wanted & Wait.R else 0
    return reads | (select.POLLOUT if wanted & Wait.W else 0)

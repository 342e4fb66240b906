"""Callers of one moment share one transaction, so that many texts cost one commit.

The first to come leads: it lets the others arrive, takes all who wait and runs the work for them together.
Each has its answer after the commit; whoever came meanwhile is led by the first of them. Knows no table.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from models.database import database, transaction

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_AT_ONCE = 64
PATIENCE_SECONDS = 60.0  # longer than a transaction may take with all its attempts


@dataclass(eq=False)
class _Caller(Generic[Item, Answer]):
    item: Item
    leads: bool = False
    woken: threading.Event = field(default_factory=threading.Event)
    answer: list[Answer] = field(default_factory=list)  # one, once there is one
    error: BaseException | None = None


class Gathering(Generic[Item, Answer]):
    """`work(session, items)` gives one answer for each item, in their order; it may run more than once.

    Where it fails for several together it runs for each alone, so that nobody pays for another's item.
    `apart(item)` names those who may share a transaction on a database with several writers, where a
    transaction that waits for many locks could stand in others' way; None: nobody.
    """

    def __init__(
        self,
        work: Callable[[Session, Sequence[Item]], Sequence[Answer]],
        *,
        apart: Callable[[Item], str | None],
    ) -> None:
        self._work = work
        self._apart = apart
        self._lock = threading.Lock()
        self._waiting: dict[str, list[_Caller[Item, Answer]]] = {}  # a line while it is led

    def __call__(self, item: Item) -> Answer:
        """The answer for this item, committed. Raises what `work` raises for it alone."""
        name = "" if database().is_sqlite else self._apart(item)
        me: _Caller[Item, Answer] = _Caller(item)
        if name is None:
            self._settle([me])
        else:
            self._join_line(me, name)
        if me.error is not None:
            raise me.error
        return me.answer[0]

    def _join_line(self, me: _Caller[Item, Answer], name: str) -> None:
        with self._lock:
            me.leads = name not in self._waiting
            self._waiting.setdefault(name, []).append(me)
        if not me.leads and not me.woken.wait(PATIENCE_SECONDS):
            me.error = TimeoutError(f"no answer within {PATIENCE_SECONDS} s")
        elif me.leads:
            self._lead(me, name)

    def _lead(self, me: _Caller[Item, Answer], name: str) -> None:
        time.sleep(0)  # whoever is as far as we are comes along
        with self._lock:
            line = self._waiting[name]
            together, line[:] = line[:MOST_AT_ONCE], line[MOST_AT_ONCE:]
        try:
            self._settle(together)
        finally:
            with self._lock:
                if line:
                    line[0].leads = True
                    line[0].woken.set()
                else:
                    del self._waiting[name]
            for caller in together:
                caller.woken.set()

    def _settle(self, callers: list[_Caller[Item, Answer]]) -> None:
        items = [caller.item for caller in callers]
        try:
            answers = transaction(lambda session: self._work(session, items))
        except Exception as error:
            if len(callers) == 1:
                callers[0].error = error
            else:
                for caller in callers:
                    self._settle([caller])
        except BaseException as error:  # the process is told to end: nobody may wait for us in vain
            for caller in callers:
                caller.error = caller.error or error
            raise
        else:
            for caller, answer in zip(callers, answers, strict=True):
                caller.answer.append(answer)

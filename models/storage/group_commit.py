"""Group commit: callers that arrive together share one transaction, so that many texts cost one commit.

The first caller is the leader. It pauses while others keep arriving, then begins the transaction and takes
the lock that all of them need; its group is everybody who waits by then. Each caller gets its answer after
the commit. Callers who arrive later form the next group. Knows no table.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from models.storage.database import database, transaction

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Group = Callable[[], Sequence[Item]]

MAX_GROUP_SIZE = 128
# During a pause other greenlets read the requests that have arrived; without one the leader would find only
# those read before its own. A caller who is alone waits for a single pause.
PAUSE_SECONDS = 0.001
MOST_PAUSES = 10
TIMEOUT_SECONDS = 60.0  # longer than a transaction may take with all its attempts


class GroupTooLarge(Exception):
    """Raised by the work: these items would hold the lock for too long in one transaction."""


@dataclass(eq=False)
class _Caller(Generic[Item, Answer]):
    item: Item
    leads: bool = False
    woken: threading.Event = field(default_factory=threading.Event)
    answer: list[Answer] = field(default_factory=list)  # empty until there is an answer
    error: BaseException | None = None


class GroupCommit(Generic[Item, Answer]):
    """`work(session, first, group)` gives one answer per item of `group()`, in their order.

    `work` takes the lock that the first item needs and only then asks for the group, so that callers who
    arrive while it waits for the lock belong to the group. It may run more than once, the next time for a
    larger group. If it fails for a group, it runs for each item alone, so that no caller fails because of
    another's item. If it raises GroupTooLarge, it runs for each half, each in a transaction of its own.

    `group_of(item)` names the group whose items may share a transaction on a database with several writers,
    where a transaction that waits for many locks could block others; None: the item runs alone.
    `pause` lets others arrive; tests replace it.
    """

    def __init__(
        self,
        work: Callable[[Session, Item, Group[Item]], Sequence[Answer]],
        *,
        group_of: Callable[[Item], str | None],
        pause: Callable[[], None] = lambda: time.sleep(PAUSE_SECONDS),
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._work = work
        self._group_of = group_of
        self._pause = pause
        self._timeout = timeout
        self._lock = threading.Lock()
        self._waiting: dict[str, list[_Caller[Item, Answer]]] = {}  # by group, while it has a leader

    def __call__(self, item: Item) -> Answer:
        """The answer for this item, committed. Raises what `work` raises for it alone."""
        name = "" if database().is_sqlite else self._group_of(item)
        me: _Caller[Item, Answer] = _Caller(item)
        if name is None:
            self._run([me], [])
        else:
            self._join_group(me, name)
        if me.error is not None:
            raise me.error
        return me.answer[0]

    def _join_group(self, me: _Caller[Item, Answer], name: str) -> None:
        with self._lock:
            me.leads = name not in self._waiting
            self._waiting.setdefault(name, []).append(me)
        if not me.leads and not me.woken.wait(self._timeout):
            self._leave(me, name)
        if me.leads:
            self._lead(me, name)

    def _leave(self, me: _Caller[Item, Answer], name: str) -> None:
        """Give up, unless it has its answer by now, or leads: nobody else would lead the others."""
        with self._lock:
            if me.leads or me.answer:
                return
            line = self._waiting.get(name, [])
            if me in line:
                line.remove(me)
        me.error = me.error or TimeoutError(f"no answer within {self._timeout} s")

    def _lead(self, me: _Caller[Item, Answer], name: str) -> None:
        line = self._waiting[name]
        self._wait_for_others(line)
        with self._lock:
            line.remove(me)
        together = [me]
        try:
            self._run(together, line)
        finally:
            with self._lock:
                if line:
                    line[0].leads = True
                    line[0].woken.set()
                else:
                    del self._waiting[name]
            for caller in together:
                caller.woken.set()

    def _wait_for_others(self, line: list[_Caller[Item, Answer]]) -> None:
        """Pause again as long as somebody has arrived during the last pause."""
        arrived = 0
        for _ in range(MOST_PAUSES):
            if not arrived < len(line) < MAX_GROUP_SIZE:
                return
            arrived = len(line)
            self._pause()

    def _run(self, callers: list[_Caller[Item, Answer]], line: list[_Caller[Item, Answer]]) -> None:
        """For these callers, and for those in the line when the work asks for its group."""

        def group() -> list[Item]:
            with self._lock:
                room = MAX_GROUP_SIZE - len(callers)
                callers.extend(line[:room])
                del line[:room]
            return [caller.item for caller in callers]

        try:
            answers = transaction(lambda session: self._work(session, callers[0].item, group))
        except GroupTooLarge:
            half = len(callers) // 2
            self._run(callers[:half], [])
            self._run(callers[half:], [])
        except Exception as error:
            if len(callers) == 1:
                callers[0].error = error
            else:
                for caller in callers:
                    self._run([caller], [])
        except BaseException as error:  # the process is told to end: waiting callers must not hang
            for caller in callers:
                caller.error = caller.error or error
            raise
        else:
            for caller, answer in zip(callers, answers, strict=True):
                caller.answer.append(answer)

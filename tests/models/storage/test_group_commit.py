"""Several callers share one transaction: each gets its own answer, and none fails because of another."""

import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people.business import Business
from models.storage.database import Database, reading
from models.storage.group_commit import MOST_PAUSES, TIMEOUT_SECONDS, GroupCommit, GroupTooLarge
from tests.world import NOON


class Names:
    """Work that stores a business for each name; it waits until the test lets it begin.

    That is its lock: `asks_first` for the group, or asks once it has it, as it should.
    """

    def __init__(self, *, asks_first: bool = False, most: int = 100) -> None:
        self.most = most
        self.asks_first = asks_first
        self.may_begin = threading.Event()
        self.has_begun = threading.Event()
        self.together: list[list[str]] = []

    def keep(self, session: Session, first: str, group: Callable[[], Sequence[str]]) -> list[str]:
        names = group() if self.asks_first else []
        self.has_begun.set()
        assert self.may_begin.wait(20)
        names = names or group()
        self.together.append(list(names))
        for name in names:
            session.add(Business(name=name, timezone="UTC", created_at=NOON))
        session.flush()
        if len(names) > self.most:
            raise GroupTooLarge
        if "Broken" in names:
            raise ValueError("Broken")
        return [f"kept {name}" for name in names]


def call_at_once(gathering: GroupCommit[str, str], names: Names, items: Sequence[str]) -> dict[str, str]:
    """The first begins alone; the others come while it works."""
    answers: dict[str, str] = {}

    def call(item: str) -> None:
        try:
            answers[item] = gathering(item)
        except ValueError as error:
            answers[item] = f"failed {error}"

    callers = [threading.Thread(target=call, args=(item,)) for item in items]
    callers[0].start()
    assert names.has_begun.wait(20)
    for caller in callers[1:]:
        caller.start()
    while sum(len(line) for line in gathering._waiting.values()) < len(items) - 1:
        threading.Event().wait(0.001)
    names.may_begin.set()
    for caller in callers:
        caller.join(20)
    return answers


def paused_for(names: Names, others: Sequence[str]) -> int:
    """How often Ana pauses while one of the others comes in each pause, as long as there are any."""
    names.may_begin.set()
    came: list[threading.Thread] = []
    pauses = 0

    def pause() -> None:
        nonlocal pauses
        pauses += 1
        if len(came) < len(others):
            came.append(threading.Thread(target=gathering, args=(others[len(came)],)))
            came[-1].start()
            while sum(map(len, gathering._waiting.values())) == len(came):
                threading.Event().wait(0.001)

    gathering = GroupCommit(names.keep, group_of=lambda _: "all", pause=pause)
    assert gathering("Ana") == "kept Ana"
    for caller in came:
        caller.join(20)
    return pauses


def kept() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Business.name).order_by(Business.name)))


def test_who_comes_while_the_first_waits_for_its_lock_shares_its_transaction(db: Database) -> None:
    names = Names()
    answers = call_at_once(GroupCommit(names.keep, group_of=lambda _: "all"), names, ["Ana", "Ben", "Cai"])
    assert answers == {name: f"kept {name}" for name in ("Ana", "Ben", "Cai")}
    assert names.together == [["Ana", "Ben", "Cai"]]


def test_who_comes_while_another_is_at_work_shares_the_next_transaction(db: Database) -> None:
    names = Names(asks_first=True)
    answers = call_at_once(
        GroupCommit(names.keep, group_of=lambda _: "all"), names, ["Ana", "Ben", "Cai", "Dov"]
    )
    assert answers == {name: f"kept {name}" for name in ("Ana", "Ben", "Cai", "Dov")}
    assert [len(together) for together in names.together] == [1, 3]
    assert kept() == ["Ana", "Ben", "Cai", "Dov"]


def test_the_first_pauses_while_others_keep_coming(db: Database) -> None:
    names = Names(asks_first=True)
    names.may_begin.set()
    pauses = paused_for(names, ["Ben", "Cai"])
    assert names.together == [["Ana", "Ben", "Cai"]]
    assert pauses == 3  # in the third nobody came


def test_the_first_does_not_pause_for_ever(db: Database) -> None:
    names = Names(asks_first=True)
    many = [f"No. {number}" for number in range(MOST_PAUSES + 5)]
    assert paused_for(names, many) == MOST_PAUSES
    assert names.together == [["Ana", *many[:MOST_PAUSES]]]


@pytest.mark.parametrize("asks_first", [True, False])
def test_one_that_fails_takes_nobody_with_it(db: Database, asks_first: bool) -> None:
    names = Names(asks_first=asks_first)
    answers = call_at_once(
        GroupCommit(names.keep, group_of=lambda _: "all"), names, ["Ana", "Ben", "Broken", "Cai"]
    )
    assert answers == {"Ana": "kept Ana", "Ben": "kept Ben", "Broken": "failed Broken", "Cai": "kept Cai"}
    assert kept() == ["Ana", "Ben", "Cai"]


def test_too_many_for_one_transaction_are_kept_in_halves_in_their_order(db: Database) -> None:
    names = Names(most=2)
    everybody = ["Ana", "Ben", "Cai", "Dov", "Eva"]
    answers = call_at_once(GroupCommit(names.keep, group_of=lambda _: "all"), names, everybody)
    assert answers == {name: f"kept {name}" for name in everybody}
    whole, first, second, *halves = names.together
    assert (whole, halves) == ([*first, *second], [second[:1], second[1:]])
    assert [len(first), len(second)] == [2, 3]
    assert kept() == everybody


def test_who_has_given_up_is_not_waited_for_by_those_who_come_later(db: Database) -> None:
    names = Names(asks_first=True)
    gathering = GroupCommit(names.keep, group_of=lambda _: "all", timeout=0.05)
    first = threading.Thread(target=gathering, args=("Ana",))
    first.start()
    assert names.has_begun.wait(20)
    with pytest.raises(TimeoutError):
        gathering("Ben")
    names.may_begin.set()
    first.join(20)
    assert gathering("Cai") == "kept Cai"
    assert kept() == ["Ana", "Cai"]
    assert gathering._waiting == {}


def test_who_is_answered_in_the_moment_of_giving_up_has_the_answer(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names()
    gathering = GroupCommit(names.keep, group_of=lambda _: "all")
    wait = threading.Event.wait
    monkeypatch.setattr(
        threading.Event,
        "wait",
        lambda event, timeout=None: wait(event, timeout) and timeout != TIMEOUT_SECONDS,
    )
    assert call_at_once(gathering, names, ["Ana", "Ben"]) == {"Ana": "kept Ana", "Ben": "kept Ben"}


def test_nothing_is_left_behind_when_all_are_answered(db: Database) -> None:
    names = Names()
    names.may_begin.set()
    gathering = GroupCommit(names.keep, group_of=lambda _: None)
    assert gathering("Ana") == "kept Ana"
    with pytest.raises(ValueError, match="Broken"):
        gathering("Broken")
    assert gathering._waiting == {}
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Business)) == 1

"""The clock hears at once that a text was put into the outbox; that nobody hears it does no harm."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from models.storage.doorbell import FILE, Doorbell, listen, ring, ring_after_commit
from tests.one_database import on_sqlite
from tests.world import ANA, call_next, join


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name, as that of a socket must be."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def listening(folder: Path) -> Iterator[Doorbell]:
    with listen(folder) as made:
        assert made is not None
        yield made


@pytest.fixture
def rung(db: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The process's database, whose commits ring."""
    monkeypatch.setattr(db, "_doorbell_in", folder)
    return db


def test_a_ring_is_heard_by_another_process(folder: Path, listening: Doorbell) -> None:
    ring(folder)
    assert listening.wait(60)


def test_many_rings_are_heard_as_one(folder: Path, listening: Doorbell) -> None:
    for _ in range(20):  # more than a socket holds: the rest is dropped, and nobody waits
        ring(folder)
    assert listening.wait(60)
    assert not listening.wait(0)


def test_with_nobody_there_a_ring_is_nothing(folder: Path) -> None:
    ring(folder)
    ring(folder / "none")
    with listen(folder):
        pass
    ring(folder)
    assert not list(folder.iterdir())  # a clock that ended leaves nothing there


def test_the_newest_clock_is_rung_also_after_one_was_killed(folder: Path) -> None:
    with ExitStack() as clocks:
        older = clocks.enter_context(listen(folder))
        with listen(folder) as newest:
            assert older is not None
            assert newest is not None
            ring(folder)
            assert newest.wait(60)
            assert not older.wait(0)
            clocks.close()  # the older one takes away nothing that is the newest's
            ring(folder)
            assert newest.wait(60)


def test_a_folder_whose_name_is_too_long_for_a_socket_has_no_doorbell(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    with listen(deep) as doorbell:
        assert doorbell is None
    ring(deep)


def test_a_folder_that_nothing_has_made_yet_gets_the_doorbell_and_is_private(folder: Path) -> None:
    data = folder / "shop" / "data"
    with listen(data) as first:
        assert first is not None
        ring(data)
        assert first.wait(60)
    assert data.stat().st_mode & 0o077 == 0


def test_where_no_folder_can_be_made_there_is_no_doorbell(folder: Path) -> None:
    (folder / "file").touch()
    with listen(folder / "file" / "data") as doorbell:
        assert doorbell is None


def test_only_the_owner_may_ring(folder: Path, listening: Doorbell) -> None:
    assert (folder / FILE).stat().st_mode & 0o077 == 0


@on_sqlite
@pytest.mark.parametrize(("work", "rings"), [(ring_after_commit, True), (lambda session: None, False)])
def test_a_transaction_rings_after_its_commit_if_it_asked(
    rung: Database, listening: Doorbell, work: Callable[[Session], None], rings: bool
) -> None:
    rung.transaction(work)
    assert listening.wait(0) is rings


@on_sqlite
def test_a_call_rings_and_a_join_does_not(
    rung: Database, queue: Queue, rosa: Servicer, listening: Doorbell
) -> None:
    join(queue, ANA)
    assert not listening.wait(0)
    call_next(queue, rosa)
    assert listening.wait(0)

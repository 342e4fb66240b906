"""A restore, by our command or of a copied file, forgets nobody's wish to be forgotten or left alone."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from jobs.upkeep.clearing import Clearing
from jobs.upkeep.later_requests import LaterRequests
from jobs.upkeep.privacy_list import NAME, read_list
from models.people.actors import By
from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.our_numbers import add_number
from models.people.privacy_requests import KEPT
from models.people.texted import OptOut
from models.privacy.forgetting import forget
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import Database, reading, transaction
from tests.commands.conftest import Run
from tests.world import ANA, BEN, CAI, join, ticket


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Path:
    """Of the data: outside the database, as it is in use."""
    app.config["SETTINGS"] = Settings.from_environment({"DATA_DIR": str(tmp_path / "data")})
    return tmp_path / "data"


def of_customer(queue: Queue, phone: str, do: Callable[[Session, Customer, int], object]) -> None:
    def work(session: Session) -> None:
        customer = Customer.of_phone(session, queue.business_id, phone)
        number = session.scalars(select(OurNumber.id).order_by(OurNumber.id)).first()
        assert customer is not None
        assert number is not None
        do(session, customer, number)

    transaction(work)


def forgotten(queue: Queue, phone: str) -> None:
    of_customer(queue, phone, lambda s, customer, _: forget(s, customer, by=By.customer(), now=now()))


def opted_out(queue: Queue, phone: str) -> None:
    of_customer(queue, phone, lambda s, customer, number: customer.opt_out(s, number, now()))


def opted_in(queue: Queue, phone: str) -> None:
    of_customer(queue, phone, lambda s, customer, number: customer.opt_in(s, number, now()))


def now() -> datetime:
    return datetime.now(UTC)


def wants_texts(queue: Queue, phone: str) -> bool:
    with reading() as session:
        customer = Customer.of_phone(session, queue.business_id, phone)
        assert customer is not None
        return customer.can_be_texted(session, session.scalars(select(OurNumber.id)).first())


def clock_ticks(folder: Path, at: datetime | None = None) -> None:
    LaterRequests([folder]).run(at or now())


@pytest.fixture
def yesterday(queue: Queue, folder: Path, run: Run, tmp_path: Path) -> Path:
    """A backup with Ana, Ben and Cai; since then Ana was forgotten, Ben and a stranger want no more texts."""
    clock_ticks(folder)
    join(queue, ANA, name="Ana"), join(queue, BEN, name="Ben"), join(queue, CAI)
    opted_out(queue, CAI)
    file = tmp_path / "backup"
    assert run("backup", str(file)).exit_code == 0
    forgotten(queue, ANA), opted_out(queue, BEN), opted_in(queue, CAI)
    clock_ticks(folder)
    return file


def test_a_restore_does_again_what_was_asked_for_since(
    yesterday: Path, queue: Queue, other: Callable[[], Database], run: Run
) -> None:
    other()
    told = run("restore", str(yesterday))
    assert told.exit_code == 0, told.output
    assert "Done again: 3 later requests" in told.stdout
    assert told.stderr == ""
    assert (ticket(queue, 1).name, ticket(queue, 1).state) == (None, TicketState.LEFT)
    with reading() as session:
        assert Customer.of_phone(session, queue.business_id, ANA) is None
    assert not wants_texts(queue, BEN)
    assert wants_texts(queue, CAI), "who wanted texts again gets them"


def test_a_copy_put_in_by_other_means_is_caught_up_by_the_clock(
    yesterday: Path, queue: Queue, folder: Path, other: Callable[[], Database], run: Run
) -> None:
    other()
    kept = (folder / NAME).read_text()
    (folder / NAME).unlink()
    assert "No list here goes back far enough" in run("restore", str(yesterday)).stderr
    assert ticket(queue, 1).name == "Ana"
    (folder / NAME).write_text(kept)
    clock_ticks(folder)
    assert ticket(queue, 1).name is None
    assert not wants_texts(queue, BEN)


def test_nobody_is_taken_for_somebody_else(queue: Queue, folder: Path) -> None:
    """After a restore the ids of rows are given again, to others."""
    clock_ticks(folder)
    join(queue, BEN, name="Ben")
    asked = f"{now().isoformat()} forgotten {'0' * 64} {ticket(queue, 1).customer_id}\n"
    (folder / NAME).write_text((folder / NAME).read_text() + asked)
    clock_ticks(folder)
    assert ticket(queue, 1).name == "Ben"


def test_the_list_holds_nothing_of_anybody(yesterday: Path, folder: Path) -> None:
    list_ = folder / NAME
    words = list_.read_text()
    assert stat.S_IMODE(list_.stat().st_mode) == 0o600
    assert [name for name in ("Ana", "Ben", ANA, BEN, CAI, ANA[1:], ANA[-4:]) if name in words] == []
    assert len(words.splitlines()) == 5


def test_a_clock_writes_each_request_down_once(yesterday: Path, folder: Path) -> None:
    before = (folder / NAME).read_text()
    clock_ticks(folder), clock_ticks(folder)
    assert (folder / NAME).read_text() == before


def test_the_list_keeps_ninety_days(yesterday: Path, folder: Path, queue: Queue) -> None:
    later = now() + KEPT + timedelta(days=8)
    Clearing().run(later)
    clock_ticks(folder, later)
    since, requests = read_list(folder)
    assert requests == set()
    assert since == later - KEPT


def test_a_list_that_broke_off_in_a_line_goes_on(yesterday: Path, folder: Path, queue: Queue) -> None:
    whole = (folder / NAME).read_text()
    (folder / NAME).write_text(whole[:-30])
    clock_ticks(folder)
    assert len(read_list(folder).requests) == 4


def test_a_database_that_knows_nothing_yet_is_still_empty_enough_for_a_restore(
    yesterday: Path, queue: Queue, folder: Path, other: Callable[[], Database], run: Run
) -> None:
    other()
    run("migrate")
    clock_ticks(folder)
    told = run("restore", str(yesterday))
    assert told.exit_code == 0, told.output
    assert ticket(queue, 1).name is None
    assert not wants_texts(queue, BEN)


def test_a_folder_that_can_not_be_written_stops_nothing(queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    clock_ticks(tmp_path / "a file")


def test_the_backup_says_what_it_goes_on_holding(
    run: Run, queue: Queue, folder: Path, tmp_path: Path
) -> None:
    told = run("backup", str(tmp_path / "backup")).stdout
    assert "stay in it until you delete it" in told
    assert str(folder / NAME) in told


def test_an_opt_out_that_is_done_again_covers_the_channels_that_share_it(
    queue: Queue, folder: Path, other: Callable[[], Database], run: Run, tmp_path: Path
) -> None:
    def with_rcs(session: Session) -> None:
        business = session.get_one(Business, queue.business_id)
        add_number(session, business, Address(Channel.RCS, "agent"), now())

    clock_ticks(folder)
    join(queue, BEN), transaction(with_rcs)
    run("backup", str(tmp_path / "backup"))
    opted_out(queue, BEN)
    clock_ticks(folder)
    other()
    assert run("restore", str(tmp_path / "backup")).exit_code == 0
    with reading() as session:
        assert len(session.scalars(select(OptOut)).all()) == 2

"""`flask backup` and `flask restore`: everything is restored, on either database, and nothing old is sent."""

import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from jobs.upkeep.backup import back_up
from migrations.revisions import newest_revision, revision_of
from models.people.account_mails import AccountMail, AccountMailState
from models.people.audit_log import AuditEntry
from models.people.browser_sessions import BrowserSession
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.mailed_links import Link
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.summary_mail import MailState, SummaryMail
from models.storage.database import Database, reading, transaction
from models.texts.open_questions import OpenQuestion
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.commands.backup.databases import everything, without_what_is_left_behind
from tests.commands.conftest import Run, refusal
from tests.one_database import on_sqlite
from tests.world import NOON, join, phone


@pytest.mark.parametrize("elsewhere", ["sqlite", "postgres"], indirect=True)
def test_everything_comes_back_on_either_database(
    run: Run, shop: Queue, other: Callable[[], Database], tmp_path: Path
) -> None:
    file, before = tmp_path / "backup", everything()
    result = run("backup", str(file))
    assert result.exit_code == 0, result.output
    assert "phone_keys" in result.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if "unfinished" in one.name] == []
    made = other()
    result = run("restore", str(file))
    assert result.exit_code == 0, result.output
    assert without_what_is_left_behind(everything()) == without_what_is_left_behind(before)
    assert revision_of(made.engine) == newest_revision()
    numbers = [join(shop, phone(index), datetime.now(UTC)).number for index in (20, 21)]
    assert numbers == [4, 5], "it goes on where it was"


def test_nothing_old_is_sent_taken_in_or_let_in_after_a_restore(
    run: Run, shop: Queue, other: Callable[[], Database], tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    run("backup", str(tmp_path / "backup"))
    other()
    run("restore", str(tmp_path / "backup"))
    with reading() as session:
        assert {t.state for t in session.scalars(select(OutboundMessage))} == {TextState.EXPIRED}
        assert session.scalars(select(SummaryMail.state)).all() == [MailState.EXPIRED]
        assert session.scalars(select(AccountMail.state)).all() == [AccountMailState.DROPPED]
        assert (session.scalar(select(OurNumber.read_until)) or NOON) >= began
        business = session.scalars(select(Business)).one()
        assert business.summarized_day is not None
        assert business.summarized_day >= business.day_of(began) - timedelta(days=1)
        assert session.scalar(select(func.count()).select_from(BrowserSession)) == 0
        assert session.scalar(select(func.count()).select_from(OpenQuestion)) == 0
        assert session.scalars(select(Link.ended_at)).one() is not None
        assert session.scalars(select(Ticket.remind_after).where(Ticket.state == "called")).one() is None
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_a_restore_refuses_a_database_that_is_in_use(run: Run, shop: Queue, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "backup"))
    before = everything()
    assert "not empty" in refusal(run("restore", str(tmp_path / "backup")), 1)
    assert everything() == before


# From here on the kind of database does not matter ----------------------------------------------------


def test_a_backup_while_people_join_holds_everybody_who_had_joined_before(
    business: Business, queue: Queue, other: Callable[[], Database], run: Run, tmp_path: Path
) -> None:
    joined: list[int] = []
    stop = threading.Event()

    def keep_joining(crowd: int) -> None:
        for index in range(200):
            if stop.is_set():
                return
            joined.append(join(queue, phone(crowd * 1000 + index), datetime.now(UTC)).number)

    threads = [threading.Thread(target=keep_joining, args=(crowd,)) for crowd in (1, 2)]
    for thread in threads:
        thread.start()
    while len(joined) < 10:
        stop.wait(0.01)
    before = set(joined)
    contents = back_up(tmp_path / "backup", None, datetime.now(UTC))
    stop.set()
    for thread in threads:
        thread.join()
    other()
    assert run("restore", str(tmp_path / "backup")).exit_code == 0
    with reading() as session:
        numbers = session.scalars(select(Ticket.number).order_by(Ticket.number)).all()
        assert session.scalar(select(func.count()).select_from(Customer)) == len(numbers)
        last = session.scalars(select(Queue.last_number)).one()
    assert before <= set(numbers)
    assert numbers == list(range(1, last + 1)), "one moment: the counter and the tickets agree"
    assert contents.counts["tickets"] == len(numbers)


@on_sqlite
def test_texts_bound_to_the_carrier_stay_what_they_are(
    run: Run, shop: Queue, other: Callable[[], Database], tmp_path: Path
) -> None:
    transaction(lambda s: s.execute(update(OutboundMessage).values(state="delivered", carrier_sid="SM1")))
    run("backup", str(tmp_path / "backup"))
    other()
    run("restore", str(tmp_path / "backup"))
    with reading() as session:
        assert session.scalars(select(OutboundMessage.state)).all() == [TextState.DELIVERED]

"""`flask restored`: a copy made by other means sends nothing old, like one of `flask restore`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from models.people.account_mails import AccountMail, AccountMailState
from models.people.browser_sessions import BrowserSession
from models.people.mailed_links import Link
from models.queueing.tables.queues import Queue
from models.statistics.summary_mail import MailState, SummaryMail
from models.storage.database import Database, reading, transaction
from models.storage.heartbeats import Clock
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.commands.backup.databases import everything, without_what_is_left_behind
from tests.commands.conftest import Run, refusal


def clock_ended() -> None:
    gone = datetime.now(UTC) - timedelta(minutes=2)
    transaction(lambda session: session.execute(update(Clock).values(seen_at=gone)))


def test_nothing_old_in_a_copy_is_sent_or_let_in(run: Run, shop: Queue) -> None:
    clock_ended()
    before = everything()
    result = run("restored", "--yes")
    assert result.exit_code == 0, result.output
    assert "Never sent: 1 text and 2 mails." in result.stdout
    with reading() as session:
        assert {each.state for each in session.scalars(select(OutboundMessage))} == {TextState.EXPIRED}
        assert session.scalars(select(SummaryMail.state)).all() == [MailState.EXPIRED]
        assert session.scalars(select(AccountMail.state)).all() == [AccountMailState.DROPPED]
        assert session.scalar(select(func.count()).select_from(BrowserSession)) == 0
        assert session.scalars(select(Link.ended_at)).one() is not None
    assert without_what_is_left_behind(everything()) == without_what_is_left_behind(before)


def test_twice_does_nothing_more(run: Run, shop: Queue) -> None:
    clock_ended()
    run("restored", "--yes")
    assert "no texts and no mails" in run("restored", "--yes").stdout


def test_it_asks_first_and_no_changes_nothing(run: Run, shop: Queue) -> None:
    clock_ended()
    before = everything()
    result = run("restored", typed="n\n")
    assert result.exit_code == 1
    assert "Is this database a copy?" in result.stderr
    assert result.stderr.splitlines()[-1] == "Error: Nothing was changed."
    assert everything() == before
    assert run("restored", typed="y\n").exit_code == 0


def test_a_database_with_a_running_clock_is_left_alone(run: Run, shop: Queue) -> None:
    before = everything()
    assert "a clock runs on this database" in refusal(run("restored", "--yes"), 1)
    assert everything() == before


def test_a_database_without_tables_is_no_copy(run: Run, other: Callable[[], Database]) -> None:
    other()
    assert refusal(run("restored", "--yes"), 1) == "Error: Nothing was changed: the database is empty."


def test_what_the_carrier_had_before_is_not_asked_for(run: Run, shop: Queue) -> None:
    clock_ended()
    accepted = {"state": TextState.ACCEPTED, "carrier_sid": "SM1", "settle_after": datetime.now(UTC)}
    transaction(lambda session: session.execute(update(OutboundMessage).values(accepted)))
    assert run("restored", "--yes").exit_code == 0
    with reading() as session:
        (text,) = session.scalars(select(OutboundMessage))
        assert (text.state, text.settle_after) == (TextState.ACCEPTED, None)

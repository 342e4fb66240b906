"""Files of history, imports that succeed and imports that are refused."""

from datetime import date
from pathlib import Path

from sqlalchemy import select

from models.queueing.tables.events import Event
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from tests.commands.conftest import Run

HEAD = "number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n"
DAY = (
    "1,2026-03-09T09:00:00+00:00,2026-03-09T09:05:00+00:00,2026-03-09T09:06:00+00:00,"
    "2026-03-09T09:15:00+00:00,served,Rosa,2\n"
    "2,2026-03-09T09:01:00+00:00,,,2026-03-09T09:04:00+00:00,left,,1\n"
    "3,2026-03-09T09:02:00+00:00,2026-03-09T09:15:00+00:00,,2026-03-09T09:20:00+00:00,no_show,Rosa,1\n"
    "4,2026-03-09T09:03:00+00:00,2026-03-09T09:20:30.250000+00:00,,,served,Desk 2,\n"
    "5,2026-03-09T09:04:00+00:00,2026-03-09T09:25:00+00:00,,2026-03-09T09:26:00+00:00,removed,Desk 2,1\n"
    "6,2026-03-09T09:30:00+00:00,,,,left,,1\n"
)

NEXT_DAY = "1,2026-03-10T09:00:00+00:00,,,2026-03-10T09:05:00+00:00,left,,1\n"


def take_in(run: Run, file: Path, *lines: str, head: str = HEAD) -> str:
    """Import these lines; returns the output."""
    file.write_text(head + "".join(lines))
    result = run("history", "import", "CET236", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refused(run: Run, file: Path, *lines: str) -> list[str]:
    """The lines printed when these are refused; nothing may have changed."""
    before = tickets()
    file.write_text(HEAD + "".join(lines))
    result = run("history", "import", "CET236", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert tickets() == before
    return result.stderr.splitlines()


def export_records(run: Run, *options: str) -> str:
    result = run("history", "export", "CET236", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def tickets() -> list[tuple[date, int, str]]:
    with reading() as session:
        rows = session.execute(select(Ticket.day, Ticket.number, Ticket.state).order_by(Ticket.id))
        return [(day, number, state.value) for day, number, state in rows]


def events() -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))

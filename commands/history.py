"""`flask history import` and `export`: a queue's past tickets from and to a CSV file."""

import gc
from datetime import UTC, date, datetime
from typing import BinaryIO

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from commands.command_line.errors import PlainGroup, Refused
from commands.command_line.parameter_types import Day
from commands.queues.which_queue import of_business, the_queue
from models.history.file import LARGEST_FILE, understand_history, write_history
from models.history.moments import DateOrder
from models.history.reading import count_live, export_records
from models.history.recognition import recognize
from models.history.records import MOST_FAULTS, BadHistory, Fault, without_clock_skew
from models.history.tickets import History, ImportResult, import_records
from models.queueing.hours.opening_hours import days_of
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction

FAULTS_SHOWN = 20

history = PlainGroup("history", help="Past tickets: import and export as CSV.")


class OnlyTried(Exception):
    """Leaves nothing behind in the database, and says what would have been there."""

    def __init__(self, taken: ImportResult) -> None:
        super().__init__("only tried")
        self.taken = taken


@history.command("import")
@with_appcontext
@click.argument("keyword")
@of_business
@click.argument("file", type=click.File("rb"))
@click.option(
    "--dates",
    type=click.Choice([order.value for order in DateOrder]),
    help="How to read dates such as 03/04/2026.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say how the file is read and what would be imported; change nothing."
)
def import_history(
    keyword: str, business: str | None, file: BinaryIO, dates: str | None, dry_run: bool
) -> None:
    """Import the tickets of FILE into a queue, all of them or none.

    FILE is CSV with the columns number,joined_at,called_at,started_at,ended_at,outcome,servicer,party.
    Times are ISO 8601 with an offset; the outcome is served, left, no_show or removed; a cell is empty if
    nothing is known. Files saved by a spreadsheet (semicolons, dates such as 10/03/2026 9:05, times without
    an offset, read in the business's time zone) are read if they can mean only one thing; the command says
    first how it reads them, and --dry-run changes nothing. Lines that can't be read are listed, and then
    nothing is imported. Tickets that exist already stay as they are. A call less than a minute before its
    joining comes from two clocks that differ: it counts as called on joining, and is reported. On SQLite
    the running installation stands still meanwhile, a few seconds for 100,000 tickets.
    """
    with reading() as session:
        queue = the_queue(session, keyword, business)
        owner = queue.business
    order = DateOrder(dates) if dates else None
    records, faults, understood = understand_history(file.read(LARGEST_FILE + 1), owner.zone, order)
    for words in understood:
        click.echo(f"Read as: {words}.", err=True)
    if faults:
        raise _refused(file, faults)
    with reading() as session:
        queue = the_queue(session, keyword, business)
        known, faults = recognize(session, queue, records)
        day_of = days_of(session, queue).day_finder()
    if faults:
        raise _refused(file, faults)
    records, notes = without_clock_skew(records, known)

    def work(session: Session) -> ImportResult:
        taken = import_records(session, Queue.lock(session, queue.id), past, now=datetime.now(UTC))
        if dry_run:
            raise OnlyTried(taken)
        return taken

    try:
        past = History.of(owner, records, known, day_of)
        gc.freeze()  # else the garbage collector scans it all repeatedly while the database is locked
        taken = transaction(work)
    except OnlyTried as tried:
        taken = tried.taken
    except BadHistory as bad:
        raise _refused(file, bad.faults) from None
    for note in notes:
        click.echo(f"Note: {getattr(file, 'name', 'FILE')}, {note}", err=True)
    told = _report(keyword.upper(), taken)
    click.echo(f"Dry run: nothing was changed. {told}" if dry_run else told)


@history.command("export")
@with_appcontext
@click.argument("keyword")
@of_business
@click.option("--from", "first", type=Day(), help="First business day.  [default: the oldest]")
@click.option("--to", "last", type=Day(), help="Last business day.  [default: today]")
def export_history(keyword: str, business: str | None, first: date | None, last: date | None) -> None:
    """Print a queue's past tickets as CSV, in the format that `flask history import` reads.

    Tickets still in line are left out. Times are in the business's time zone.
    """
    if first and last and first > last:
        raise click.UsageError("--from must not be after --to.")
    with reading() as session:
        queue = the_queue(session, keyword, business)
        zone = queue.business.zone
        records = list(export_records(session, queue, first, last))
        live = count_live(session, queue, first, last)
    click.echo("".join(write_history(records, zone)).encode(), nl=False)
    if live:
        click.echo(f"Left out: {_tickets(live)} still in line.", err=True)


def _refused(file: BinaryIO, faults: list[Fault]) -> Refused:
    name = getattr(file, "name", "FILE")
    if len(faults) == 1:
        return Refused(f"Nothing was changed: {name}, {faults[0]}")
    many = f"{len(faults)} errors" if len(faults) < MOST_FAULTS else f"{MOST_FAULTS} errors or more"
    lines = [f"Nothing was changed: {name} has {many}.", *map(str, faults[:FAULTS_SHOWN])]
    if len(faults) > FAULTS_SHOWN:
        lines.append(f"and {len(faults) - FAULTS_SHOWN} more.")
    return Refused("\n".join(lines))


def _report(keyword: str, taken: ImportResult) -> str:
    if taken.first is None and not taken.known:
        return "Nothing to do: the file has no tickets."
    if not taken.new:
        return f"Nothing to do: {keyword} already has all {_tickets(taken.known)} of the file."
    days = f"{taken.first}" if taken.first == taken.last else f"{taken.first} to {taken.last}"
    known = f" Already there: {_tickets(taken.known)}." if taken.known else ""
    return f"Imported {_tickets(taken.new)} of {days} into {keyword}.{known}"


def _tickets(count: int) -> str:
    return f"{count} ticket{'' if count == 1 else 's'}"

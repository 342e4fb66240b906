"""`flask stats KEYWORD`: waits and services as text, JSON or CSV; and `flask stats rebuild`: the stored days
and months rebuilt from events.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from commands.command_line.errors import PlainGroup
from commands.command_line.parameter_types import Day
from commands.queues.which_queue import of_business, the_queue
from commands.reports.durations import clock
from jobs.reports.daily_statistics import refresh_month, refresh_tallies
from models.history.csv_cells import Cell, csv_lines
from models.history.exports import day_rows, ticket_rows
from models.history.written_out import written_out
from models.queueing.tables.queues import Queue
from models.statistics.as_json import span_as_json, tally_as_json
from models.statistics.daily import A_DAY, QueueDay, days_without_row, row_of_day, store_day
from models.statistics.distributions import Count, Tally
from models.statistics.durations import Distribution
from models.statistics.monthly import months_to_add_up
from models.statistics.promises import ChangeCount
from models.statistics.span import by_day, days_of, span_of
from models.storage.database import reading, transaction


class ShowsByDefault(PlainGroup):
    """`flask stats CET236` is `flask stats show CET236`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


stats = ShowsByDefault(
    "stats",
    help="How long people waited and were served.\n\n"
    "`flask stats CET236` is short for `flask stats show CET236`.",
)


@stats.command("show")
@with_appcontext
@click.argument("keyword")
@of_business
@click.option("--from", "first", type=Day(), help="First business day.  [default: the oldest]")
@click.option("--to", "last", type=Day(), help="Last business day.  [default: today]")
@click.option("--by-day", "by_days", is_flag=True, help="One line for each day with customers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, durations in seconds.")
@click.option("--csv", "table", type=click.Choice(["tickets", "days"]), help="Print CSV for a spreadsheet.")
@click.option("--phones", is_flag=True, help="Add phone numbers to --csv tickets.")
def show(
    keyword: str,
    business: str | None,
    first: date | None,
    last: date | None,
    by_days: bool,
    as_json: bool,
    table: str | None,
    phones: bool,
) -> None:
    """Print a queue's statistics.

    Wait: from joining to the call, for everybody who was called. Service: from Start (or the call, if
    nobody pressed Start) to the end. Total: from joining to the end. Service and total count everybody who
    was served. docs/statistics.md explains every figure.
    """
    if first and last and first > last:
        raise click.UsageError("--from must not be after --to.")
    if table and (by_days or as_json):
        raise click.UsageError("--csv can't be combined with --json or --by-day.")
    if phones and table != "tickets":
        raise click.UsageError("--phones needs --csv tickets.")
    if table:
        with reading() as session:
            queue = the_queue(session, keyword, business)
        _print_csv(queue.id, table, (first, last), phones)
        return
    with reading() as session:
        queue = the_queue(session, keyword, business)
        if by_days:
            days = by_day(days_of(session, [queue], first, last, datetime.now(UTC)))
            click.echo(
                _told_by_day({day: tally for day, tally in days.items() if tally[Count.JOINED]}, as_json)
            )
            return
        span = span_of(session, [queue], first, last, datetime.now(UTC))
        told = json.dumps(span_as_json(session, span)) if as_json else _table(span.whole)
    if not as_json:
        click.echo(f"{queue.keyword} · {queue.name}, {_span(first, last)}")
    click.echo(told)


def _print_csv(queue_id: int, table: str, days: tuple[date | None, date | None], phones: bool) -> None:
    with reading() as session:
        lines = written_out(csv_lines(_rows(session, session.get_one(Queue, queue_id), table, days, phones)))
    for line in lines:
        click.echo(line, nl=False)


@stats.command("rebuild")
@with_appcontext
@click.argument("keyword", required=False)
@of_business
def rebuild(keyword: str | None, business: str | None) -> None:
    """Rebuild the stored days and months of a queue, or of all queues.

    Days are rebuilt from the event log, months from days. It says what was different: a past day should
    come out the same, and if not, this repairs it.
    """
    now = datetime.now(UTC)
    with reading() as session:
        queues = [the_queue(session, keyword, business)] if keyword else list(session.scalars(select(Queue)))
    for queue in queues:
        days, written, different = _rebuild(queue.id, now)
        told = f"{different} stored days were different" if different else "no stored day was different"
        months, different = _rebuild_months(queue.id, now)
        tallies = refresh_tallies(queue.id, now, anew=True)
        added_up = f"{months} months checked, {different} written" if months else "No month is over yet"
        checked = f"{days} days checked, {written} written; {told}"
        click.echo(f"{queue.keyword}: {checked}. {added_up}. Tallies: {tallies} written.")


def _rows(
    session: Session, queue: Queue, table: str, days: tuple[date | None, date | None], phones: bool
) -> Iterator[list[Cell]]:
    first, last = days[0] or date.min, days[1] or date.max
    if table == "tickets":
        return ticket_rows(session, [queue], first, last, with_phones=phones)
    return day_rows(days_of(session, [queue], *days, datetime.now(UTC)), {queue.id: queue.keyword})


def _rebuild(queue_id: int, now: datetime) -> tuple[int, int, int]:
    with reading() as session:
        stored = select(QueueDay.day, QueueDay.is_final).where(QueueDay.queue_id == queue_id)
        is_final = {row.day: row.is_final for row in session.execute(stored)}
        queue = session.get_one(Queue, queue_id)
        days = sorted({*is_final, *days_without_row(session, queue, queue.business.day_of(now) + A_DAY)})
    written = different = 0
    for day in days:
        with reading() as session:
            row = row_of_day(session, session.get_one(Queue, queue_id), day, now)
        if row is not None:
            transaction(lambda session, row=row: store_day(session, row))  # type: ignore[misc]
            written += 1
            different += is_final.get(day, False)
    return len(days), written, different


def _rebuild_months(queue_id: int, now: datetime) -> tuple[int, int]:
    with reading() as session:
        months = months_to_add_up(session, session.get_one(Queue, queue_id), now, anew=True)
    return len(months), sum(refresh_month(queue_id, month) for month in months)


def _span(first: date | None, last: date | None) -> str:
    if first and first == last:
        return str(first)
    return " ".join(
        word for word in (f"from {first}" if first else "", f"to {last}" if last else "") if word
    ) or ("all days")


def _told_by_day(days: Mapping[date, Tally], as_json: bool) -> str:
    if as_json:
        return json.dumps({str(day): tally_as_json(tally) for day, tally in days.items()})
    return _days_as_table(days)


def _days_as_table(days: Mapping[date, Tally]) -> str:
    heads = f"{'day':12}{'joined':>8}{'served':>8}{'gave up':>9}{'median wait':>13}{'longest':>11}"
    rows = []
    for day, tally in days.items():
        wait = tally.wait
        counts = f"{tally[Count.JOINED]:>8}{tally[Count.SERVED]:>8}{tally[Count.GAVE_UP]:>9}"
        rows.append(f"{day!s:12}{counts}{clock(wait.median):>13}{clock(wait.max):>11}")
    return "\n".join([heads, *rows]) if rows else "Nobody came."


def _table(whole: Tally) -> str:
    found = whole.statistics()
    counts = (
        f"{found.joined} joined: {found.served} served, {found.left} left, {found.no_show} no-show, "
        f"{found.removed} removed"
    )
    heads = f"{'':8}{'count':>7}{'mean':>11}{'median':>11}{'90 % below':>12}{'longest':>11}"
    rows = [("wait", found.wait), ("service", found.service), ("total", found.total)]
    return "\n".join([counts, "", heads, *(_row(name, durations) for name, durations in rows), *_more(whole)])


def _more(whole: Tally) -> list[str]:
    """Lines that are printed only if there is something to print."""
    lines = []
    if whole[Count.GAVE_UP]:
        lines.append(
            f"{whole[Count.GAVE_UP]} gave up; counting them, the median wait is "
            f"{clock(whole.wait_with_gave_up)}"
        )
    if whole.kept_share is not None:
        scored = whole[Count.KEPT] + whole[Count.EARLY] + whole[Count.LATE]
        lines.append(f"{whole[Count.KEPT]} of {scored} were called within the range they were promised")
    lines += _promises(whole)
    if told := whole[ChangeCount.TOLD]:
        held = f"{whole[ChangeCount.HELD]} of {whole[ChangeCount.CALLED]} were called within the new range"
        lines.append(f"{told} times somebody was told in time that their wait had changed; {held}")
    if whole.turned_away:
        lines.append(f"{whole.turned_away} turned away: closed or full")
    lines += _conversation(whole)
    return ["", *lines] if lines else []


def _promises(whole: Tally) -> list[str]:
    """The errors of promised waits, by people ahead."""
    promises = whole.promises
    if promises.error is None or promises.bias is None:
        return []
    lines = [
        f"the waits they were told were off by {promises.error:.1f} min on average, and "
        f"{abs(promises.bias):.1f} min too {'much' if promises.bias >= 0 else 'little'}; left out: "
        f"{promises.gave_up} who gave up before the call, {promises.not_called} not called"
    ]
    for ahead, found in whole.promises_by_ahead.items():
        if found.error is not None and found.bias is not None:
            figures = f"off by {found.error:.1f} min, bias {found.bias:+.1f}"
            lines.append(f"  with {ahead:>5} ahead: {found.held} of {found.called} held, {figures}")
    return lines


def _conversation(whole: Tally) -> list[str]:
    """What was written to the counter, and what it was good for."""
    lines = []
    if whole[Count.SAID]:
        soon = f", half of them within {clock(whole.answer.median)}" if whole.answer.n else ""
        lines.append(f"{whole[Count.SAID]} wrote to the counter; {whole.answer.n} answered{soon}")
    if whole[Count.SAVED]:
        lines.append(f"{whole[Count.SAVED]} served who would have been no-shows, but were coming")
    return lines


def _row(name: str, durations: Distribution) -> str:
    told = [clock(each) for each in (durations.mean, durations.median, durations.p90, durations.max)]
    return f"{name:8}{durations.n:>7}{told[0]:>11}{told[1]:>11}{told[2]:>12}{told[3]:>11}"

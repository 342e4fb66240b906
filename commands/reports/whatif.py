"""`flask whatif KEYWORD`: a past day as it was, and as it would have been with other servicers."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from commands.command_line.errors import PlainCommand, Refused
from commands.command_line.parameter_types import Day, MoreOrFewer, TimeOfDay
from commands.queues.which_queue import of_business, the_queue
from commands.reports.durations import clock
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.statistics.daily import A_DAY
from models.statistics.whatif.changes import Change
from models.statistics.whatif.days import RecordedDay, read_day
from models.statistics.whatif.outcome import Figures, Outcome, outcome_of
from models.storage.database import reading

MOST_SERVICERS = 9
PATIENCE_UNKNOWN = """
Whoever waited as long as they did waits longer here, too: how many more would have given up is not known."""


@click.command("whatif", cls=PlainCommand)
@with_appcontext
@click.argument("keyword")
@of_business
@click.option("--day", type=Day(), help="Business day.  [default: yesterday]")
@click.option(
    "--servicers",
    required=True,
    type=MoreOrFewer(MOST_SERVICERS),
    help="How many more, such as +1; or fewer, such as -1.",
)
@click.option("--from", "first", type=TimeOfDay(), help="From when.  [default: all day]")
@click.option("--to", "last", type=TimeOfDay(), help="Until when.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, durations in seconds.")
def whatif(
    keyword: str,
    business: str | None,
    day: date | None,
    servicers: int,
    first: time | None,
    last: time | None,
    as_json: bool,
) -> None:
    """Print a past day with more or fewer servicers.

    It replays the day's events through a model of the counter: waits, people who gave up and idle time, as
    they were and as they would have been, and the range they are likely in. Times of day are the business's.
    docs/whatif.md says what the model takes for granted.
    """
    now = datetime.now(UTC)
    with reading() as session:
        queue = the_queue(session, keyword, business)
        owner = queue.business
        day = day or owner.day_of(now) - A_DAY
        if day > owner.day_of(now):
            raise Refused(f"{day} is still to come.")
        recorded = read_day(session, queue, day, now)
    if not recorded.recording.customers:
        raise Refused(f"Nobody took a number for {queue.keyword} on {day}.")
    since, until = _window(owner, recorded, day, first, last)
    there = recorded.on_duty(since, until)
    if there < -servicers:
        raise Refused(f"Only {there} on duty at that time: {-servicers} fewer is not possible.")
    change = Change(servicers, recorded.moment(since), recorded.moment(until))
    outcome = outcome_of(recorded.recording, recorded.idle, change)
    if as_json:
        window = {"from": since.isoformat(), "to": until.isoformat()}
        click.echo(json.dumps({"day": str(day), "servicers": servicers} | window | asdict(outcome)))
    else:
        head = _head(queue, day, (since, until), owner.zone, servicers, there)
        click.echo(_told(recorded, head, outcome))
        if servicers < 0:
            click.echo(PATIENCE_UNKNOWN)


def _window(
    business: Business, recorded: RecordedDay, day: date, first: time | None, last: time | None
) -> tuple[datetime, datetime]:
    """These times of that business day: before its first hour, they are of the next morning."""

    def moment(at: time) -> datetime:
        on_day, next_morning = (
            datetime.combine(on, at, business.zone).astimezone(UTC) for on in (day, day + A_DAY)
        )
        return on_day if on_day >= recorded.start else next_morning

    opened, closed = recorded.working_hours
    since = opened if first is None else moment(first)
    until = max(closed, since) if last is None else moment(last)
    if since >= recorded.end:
        raise Refused("That time is still to come.")
    if until <= since:
        raise Refused("--to must be after --from, on the same business day.")
    return since, min(until, recorded.end)


def _told(recorded: RecordedDay, head: str, outcome: Outcome) -> str:
    was, would_be = _cells(outcome.was), _cells(outcome.would_be)
    low, high = _cells(outcome.low), _cells(outcome.high)
    rows = [("", "as it was", "otherwise", "likely between")]
    for name in was:
        likely = f"{low[name]} and {high[name]}" if low[name] != high[name] else ""
        rows.append((name, was[name], would_be[name], likely))
    table = [f"{row[0]:28}{row[1]:>10}{row[2]:>12}  {row[3]:>21}".rstrip() for row in rows]
    people = len(recorded.recording.customers)
    return "\n".join([head, f"{people} took a number, {outcome.called} were called", "", *table])


def _cells(figures: Figures) -> dict[str, str]:
    return {
        "median wait": clock(figures.median),
        "nine in ten waited at most": clock(figures.p90),
        "gave up": str(figures.gave_up),
        "idle, all servicers": clock(figures.idle),
    }


def _head(
    queue: Queue, day: date, window: tuple[datetime, datetime], zone: ZoneInfo, servicers: int, there: int
) -> str:
    since, until = (f"{at.astimezone(zone):%H:%M}" for at in window)
    more = "fewer" if servicers < 0 else "more"
    change = "nothing changed" if not servicers else f"{abs(servicers)} {more} than the {there} on duty"
    return f"{queue.keyword} · {queue.name}, {day}, {since} to {until}: {change}"

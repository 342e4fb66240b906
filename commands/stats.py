"""`flask stats KEYWORD`: how long people waited and were served, for a person or, with --json, a program."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta

import click
from flask.cli import with_appcontext

from commands.failing import PlainCommand, Refused
from commands.values import Day
from models.daily import DayFigures, figures_by_day
from models.database import reading
from models.queues import Queue
from models.statistics import Distribution, Statistics, statistics, visits_of_days


@click.command("stats", cls=PlainCommand)
@with_appcontext
@click.argument("keyword")
@click.option("--from", "first", type=Day(), help="The first business day; without it, from the beginning.")
@click.option("--to", "last", type=Day(), help="The last business day; without it, up to now.")
@click.option("--by-day", is_flag=True, help="For each day on which somebody came.")
@click.option("--json", "as_json", is_flag=True, help="For programs: durations in seconds, null for none.")
def stats(keyword: str, first: date | None, last: date | None, by_day: bool, as_json: bool) -> None:
    """Print the service statistics of a queue's business days.

    Wait is from joining to the call, for everybody who was called; service from Start (or the call, where
    nobody pressed Start) to the end, and total from joining to the end, for everybody who was served.
    """
    if first and last and first > last:
        raise click.UsageError("--from must not be after --to.")
    with reading() as session:
        queue = Queue.named(session, keyword)
        if queue is None:
            raise Refused(f"There is no queue {keyword!r}.")
        if by_day:
            days = figures_by_day(session, queue, first, last)
            click.echo(_days_as_json(days) if as_json else _days_as_table(days))
            return
        found = statistics(visits_of_days(session, queue.id, first, last))
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(f"{queue.keyword} · {queue.name}, {_span(first, last)}")
        click.echo(_table(found))


def _span(first: date | None, last: date | None) -> str:
    if first and first == last:
        return str(first)
    return " ".join(
        word for word in (f"from {first}" if first else "", f"to {last}" if last else "") if word
    ) or ("all days")


def _days_as_json(days: Mapping[date, DayFigures]) -> str:
    return json.dumps({str(day): asdict(figures.statistics) for day, figures in days.items()})


def _days_as_table(days: Mapping[date, DayFigures]) -> str:
    heads = f"{'day':12}{'joined':>8}{'served':>8}{'gave up':>9}{'median wait':>13}{'longest':>11}"
    rows = [
        f"{day!s:12}{figures.statistics.joined:>8}{figures.statistics.served:>8}{figures.gave_up:>9}"
        f"{_clock(figures.statistics.wait.median):>13}{_clock(figures.statistics.wait.max):>11}"
        for day, figures in days.items()
    ]
    return "\n".join([heads, *rows]) if rows else "Nobody came."


def _table(found: Statistics) -> str:
    counts = (
        f"{found.joined} joined: {found.served} served, {found.left} left, {found.no_show} no-show, "
        f"{found.removed} removed"
    )
    heads = f"{'':8}{'count':>7}{'mean':>11}{'median':>11}{'90 % below':>12}{'longest':>11}"
    rows = [("wait", found.wait), ("service", found.service), ("total", found.total)]
    return "\n".join([counts, "", heads, *(_row(name, durations) for name, durations in rows)])


def _row(name: str, durations: Distribution) -> str:
    told = [_clock(each) for each in (durations.mean, durations.median, durations.p90, durations.max)]
    return f"{name:8}{durations.n:>7}{told[0]:>11}{told[1]:>11}{told[2]:>12}{told[3]:>11}"


def _clock(seconds: float | None) -> str:
    """Hours, minutes and seconds; hours go on beyond 24."""
    if seconds is None:
        return "none"
    minutes, rest = divmod(timedelta(seconds=round(seconds)).total_seconds(), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:.0f}:{minutes:02.0f}:{rest:02.0f}" if hours else f"{minutes:.0f}:{rest:02.0f}"

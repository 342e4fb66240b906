"""`flask queue hours` and `flask holiday`: when queues open and close automatically."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from commands.command_line.errors import PlainGroup, Refused
from commands.command_line.groups import queue
from commands.command_line.parameter_types import Day, Name, TimeOfDay
from commands.command_line.which_business import of_business, the_business
from commands.queues.which_queue import of_business as of_queues_business, the_queue
from models.people.actors import By
from models.people.business import Business
from models.queueing.hours.opening_hours import (
    change_hours,
    clear_holiday,
    days_of,
    holidays_from,
    hours_of,
    is_open_outside_hours,
    set_holiday,
    timetable_of,
)
from models.queueing.hours.queue_days import Turn, TurnedBy
from models.queueing.hours.timetable import EVERY_DAY, MIDNIGHT, Timetable
from models.queueing.opening import close_queue
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction

NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST = 3
HOLIDAY_NAME = Name(60)
Hours = tuple[time, time]


class Weekdays(click.ParamType):
    """mon-fri, or sat,sun, or fri-mon: the days as numbers, Monday is 0."""

    name = "days"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        days: set[int] = set()
        for part in str(value).casefold().replace(" ", "").split(","):
            ends = [_weekday(name) for name in part.split("-")]
            if None in ends or len(ends) > 2:
                self.fail(f"{value!r} are no weekdays: write them like mon-fri or sat,sun.", param, ctx)
            first, last = int(ends[0] or 0), int(ends[-1] or 0)
            days |= {(first + each) % 7 for each in range((last - first) % 7 + 1)}
        return tuple(sorted(days))


def _weekday(name: str) -> int | None:
    found = [day for day, known in enumerate(NAMES) if len(name) >= SHORTEST and known.startswith(name)]
    return found[0] if found else None


@queue.command("hours")
@click.argument("keyword")
@of_queues_business
@click.option("--days", type=Weekdays(), help="Weekdays such as mon-fri or sat,sun.  [default: every day]")
@click.option("--opens", type=TimeOfDay(), help="When it opens on those days; needs --closes.")
@click.option("--closes", type=TimeOfDay(), help="When it closes. Earlier than --opens means the next day.")
@click.option("--closed", is_flag=True, help="Stays closed on those days.")
@click.option("--by-hand", is_flag=True, help="Forget all hours: you open and close it yourself.")
@click.option("--close-now", is_flag=True, help="Close it now if it is open outside its hours.")
def queue_hours(
    keyword: str,
    business: str | None,
    days: tuple[int, ...] | None,
    opens: time | None,
    closes: time | None,
    closed: bool,
    by_hand: bool,
    close_now: bool,
) -> None:
    """Set or print when a queue opens and closes by itself.

    Times are in the business's time zone. Days you don't name stay as they are; days without hours are
    closed. The queue stays open or closed as it is now until its hours open or close it next, also when
    somebody opens, pauses or closes it by hand. At closing time, customers still waiting get a text that
    the day is over.
    """
    hours = (opens, closes) if opens is not None and closes is not None else None
    if (opens is None) != (closes is None) or (hours and opens == closes != MIDNIGHT):
        raise click.UsageError(
            "Give --opens and --closes together, and make them different (except 00:00 to 24:00)."
        )
    if sum((hours is not None, closed, by_hand)) > 1 or (by_hand and days):
        raise click.UsageError("Give only one of these: --opens with --closes, --closed, --by-hand.")
    if days and not hours and not closed:
        raise click.UsageError("--days needs --opens and --closes, or --closed.")
    with reading() as session:
        queue_id = the_queue(session, keyword, business).id
    if hours or closed or by_hand:
        asked: dict[int, Hours | None] = dict.fromkeys(days or EVERY_DAY, hours)
        transaction(lambda session: _change(session, queue_id, asked, by_hand, datetime.now(UTC)))
    if close_now:
        transaction(lambda session: _close_outside_hours(session, queue_id, datetime.now(UTC)))
    with reading() as session:
        for line in _lines(session, session.get_one(Queue, queue_id), datetime.now(UTC)):
            click.echo(line)


def _change(
    session: Session,
    queue_id: int,
    asked: dict[int, Hours | None],
    by_hand: bool,
    now: datetime,
) -> None:
    locked = Queue.lock(session, queue_id)
    there = {day: (row.opens_at, row.closes_at) for day, row in hours_of(session, queue_id).items()}
    wanted = {day: hours for day, hours in (there | asked).items() if hours is not None}
    if not wanted and not by_hand:
        raise Refused("It would never open: for a queue without hours give --by-hand.")
    change_hours(session, locked, asked, now=now)


def _close_outside_hours(session: Session, queue_id: int, now: datetime) -> None:
    queue = Queue.lock(session, queue_id)
    if is_open_outside_hours(session, queue, now):
        close_queue(session, queue, by=By.command(), now=now)


def _lines(session: Session, queue: Queue, now: datetime) -> Iterator[str]:
    yield f"{queue.keyword} · {queue.name} ({queue.business.timezone})"
    timetable = timetable_of(session, queue)
    if timetable is None:
        yield "No hours: you open and close it yourself."
        yield f"It is {state_text(queue)} now."
        return
    texts = [
        "{:%H:%M}-{:%H:%M}".format(*timetable.hours[day]) if day in timetable.hours else "closed"
        for day in EVERY_DAY
    ]
    for text, days in groupby(EVERY_DAY, key=lambda day: texts[day]):
        yield f"{_days(list(days)):9} {text}"
    change = _next_change(queue, timetable, now)
    if change is None:
        yield f"It is {state_text(queue)} now and stays so: its hours never change it."
    else:
        yield f"It is {state_text(queue)} now, and {change}."
    if is_open_outside_hours(session, queue, now):
        yield "By these hours it should be closed now: --close-now closes it."
    turn = days_of(session, queue).next_turn(now)
    if turn.by != TurnedBy.DAY_START:
        yield _day_text(queue, turn, now)


def _next_change(queue: Queue, timetable: Timetable, now: datetime) -> str | None:
    """ "closes today at 17:00", as the hours say; None if no day to come changes anything."""
    change = timetable.next_change(now, opens=queue.state == QueueState.CLOSED)
    if change is None:
        return None
    return f"{'opens' if change.opens else 'closes'} {_when(queue.business, change.at, now)}"


def change_text(session: Session, queue: Queue, now: datetime) -> str:
    """ ", closes today at 17:00"; "" for a queue that is opened and closed by hand only."""
    timetable = timetable_of(session, queue)
    change = _next_change(queue, timetable, now) if timetable else None
    return f", {change}" if change else ""


def _day_text(queue: Queue, turn: Turn, now: datetime) -> str:
    """When the queue's present day ends, and why then."""
    keeps = turn.keeps_line or queue.stays_open_overnight
    line = "the line is kept" if keeps else "customers still waiting get a text that the day is over"
    return f"Its day ends {_when(queue.business, turn.at, now)}, {WHY[turn.by]}; {line}."


WHY = {
    TurnedBy.CLOSING: "when it closes, because its hours span the day's start",
    TurnedBy.OPENING: "when it opens for the new day",
    TurnedBy.ROUND_THE_CLOCK: "the business's day start, because it is open round the clock",
}


def state_text(queue: Queue) -> str:
    return queue.state.replace("_", " ")


def _days(days: list[int]) -> str:
    first, last = (NAMES[day][:3].capitalize() for day in (days[0], days[-1]))
    return first if first == last else f"{first}-{last}"


def _when(business: Business, at: datetime, now: datetime) -> str:
    there = at.astimezone(business.zone)
    days = (there.date() - now.astimezone(business.zone).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {there:%a %Y-%m-%d}")
    return f"{day} at {there:%H:%M}"


holiday = PlainGroup("holiday", help="Days on which no queue opens by itself.")


@holiday.command("add")
@with_appcontext
@click.argument("day", type=Day())
@click.option("--name", type=HOLIDAY_NAME, help="Name of the holiday.")
@of_business
def add_holiday(day: date, name: str | None, business: str | None) -> None:
    """Keep all queues of a business closed on DAY, such as 2026-12-25.

    A queue that is open already, or that somebody opens by hand, closes at its usual time.
    """

    def work(session: Session) -> tuple[bool, list[str]]:
        owner = the_business(session, business)
        is_same = not set_holiday(session, owner.id, day, name)
        today = datetime.now(UTC).astimezone(owner.zone).date()
        return is_same, _open_queues(session, owner.id) if day == today else []

    is_same, still_open = transaction(work)
    click.echo(f"{day} is a holiday{' already: nothing to do' if is_same else ''}.")
    if still_open:
        click.echo(f"Still open now: {', '.join(still_open)}. They close at their usual time.")


@holiday.command("remove")
@with_appcontext
@click.argument("day", type=Day())
@of_business
def remove_holiday(day: date, business: str | None) -> None:
    """Let queues open on DAY again, at their hours."""

    def work(session: Session) -> bool:
        return clear_holiday(session, the_business(session, business).id, day)

    was_one = transaction(work)
    click.echo(f"{day} is {'not a holiday any more' if was_one else 'not a holiday: nothing to do'}.")


@holiday.command("list")
@with_appcontext
@of_business
def list_holidays(business: str | None) -> None:
    """Print the holidays of a business."""
    with reading() as session:
        owner = the_business(session, business)
        found = holidays_from(session, owner.id)
        lines = [f"{row.day:%Y-%m-%d %a} {row.name}".rstrip() for row in found]
    click.echo("\n".join(lines) or "No holidays.")


def _open_queues(session: Session, business_id: int) -> list[str]:
    mine = (Queue.business_id == business_id, Queue.state != QueueState.CLOSED)
    return list(session.scalars(select(Queue.keyword).where(*mine).order_by(Queue.id)))

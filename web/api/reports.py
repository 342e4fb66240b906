"""GET of a day's statistics, and of tickets as JSON lines or CSV."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from flask import Response
from sqlalchemy.orm import Session

from models.history.csv_cells import Cell, csv_lines
from models.history.exports import ticket_rows
from models.history.written_out import written_out
from models.people.actors import Actor
from models.people.audit_log import AuditAction, record_action
from models.people.programs.api_keys import Scope
from models.queueing.tables.queues import Queue
from models.statistics.as_json import span_as_json
from models.statistics.span import span_of
from models.storage.database import reading, transaction
from web.api.bearer import needs, program
from web.api.blueprint import blueprint
from web.api.bodies import asked, unfit
from web.api.finding import queue_of_key
from web.api.idempotency import response

OLDEST = date(2000, 1, 1)
NEWEST = date(2200, 1, 1)
LONGEST_SPAN = timedelta(days=366)
FORMATS = {"jsonl": "application/jsonl", "csv": "text/csv"}


@blueprint.get("/statistics")
@needs(Scope.READ)
def statistics(keyword: str) -> Response:
    """As `flask stats --json` has them; of today unless a day is asked for."""
    given, now = asked("day"), datetime.now(UTC)
    with reading() as session:
        queue = queue_of_key(session, keyword)
        day = _day(given, "day", queue.business.day_of(now))
        told = span_as_json(session, span_of(session, [queue], day, day, now))
    return response({"queue": queue.keyword, "day": day.isoformat()} | told)


@blueprint.get("/export")
@needs(Scope.READ)
def export(keyword: str) -> Response:
    """The rows of the manager's CSV; names and phones only for keys that may see people."""
    given = asked("from", "to", "format")
    form = given.get("format", "jsonl")
    if form not in FORMATS:
        raise unfit({"format": f"Choose one of {', '.join(FORMATS)}."})
    with reading() as session:
        queue = queue_of_key(session, keyword)
        first, last = _days(given, queue.business.day_of(datetime.now(UTC)))
        rows = _rows(session, queue, first, last)
        lines = written_out(csv_lines(rows) if form == "csv" else _json_lines(rows))
    transaction(_record)
    return Response(lines, mimetype=FORMATS[form])


def _rows(session: Session, queue: Queue, first: date, last: date) -> Iterator[Sequence[Cell]]:
    rows = ticket_rows(session, [queue], first, last, with_phones=program().sees_people)
    heads = next(rows)
    kept = [at for at, head in enumerate(heads) if head != "name" or program().sees_people]
    yield [heads[at] for at in kept]
    for row in rows:
        yield [row[at] for at in kept]


def _json_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    heads: Sequence[Cell] | None = None
    for row in rows:
        if heads is None:
            heads = row
            continue
        cells = {str(head): _as_json(cell) for head, cell in zip(heads, row, strict=True)}
        yield json.dumps(cells, ensure_ascii=False) + "\n"


def _as_json(cell: Cell) -> str | int | float | None:
    return cell.isoformat() if isinstance(cell, date) else cell


def _days(asked_for: Mapping[str, str], today: date) -> tuple[date, date]:
    last = _day(asked_for, "to", today)
    first = _day(asked_for, "from", min(last, today))
    if first > last or last - first > LONGEST_SPAN:
        raise unfit({"from": f"Choose a day before `to`, at most {LONGEST_SPAN.days} days."})
    return first, last


def _day(asked_for: Mapping[str, str], name: str, default: date) -> date:
    given = asked_for.get(name)
    if given is None:
        return default
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or day.isoformat() != given or not OLDEST <= day <= NEWEST:
        raise unfit({name: "Send a day such as 2026-03-10."})
    return day


def _record(session: Session) -> None:
    facts = {"what": "with phone numbers"} if program().sees_people else {}
    record_action(
        session,
        AuditAction.EXPORTED,
        business_id=program().business_id,
        actor=Actor.PROGRAM,
        now=datetime.now(UTC),
        facts={"key": program().prefix} | facts,
    )

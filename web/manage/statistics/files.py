"""Tickets and days as files for spreadsheets: CSV, and XLSX with the same cells. Reads only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from itertools import chain

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.history.csv_cells import Cell, csv_lines
from models.history.exports import day_rows, ticket_rows
from models.history.written_out import written_out
from models.queueing.tables.queues import Queue
from models.statistics.span import days_of
from models.storage.database import reading
from web.account.current_servicer import in_threadpool
from web.manage.guard import manager_blueprint
from web.manage.statistics.selection import Selection, selection

Rows = Callable[[Session], Iterable[Sequence[Cell]]]
KINDS_OF_FILE = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

blueprint = manager_blueprint("manage_statistics_files", "/statistics")


@blueprint.get("/tickets.csv", defaults={"kind": "csv"})
@blueprint.get("/tickets.xlsx", defaults={"kind": "xlsx"})
def tickets(kind: str) -> Response:
    """Contains phones only if the manager asks for them."""
    with_phones = request.args.get("phones") == "1"
    with reading() as session:
        asked = selection(session, datetime.now(UTC))

    def rows(session: Session) -> Iterable[Sequence[Cell]]:
        days = asked.days
        return ticket_rows(session, _queues(session, asked), days.first, days.last, with_phones=with_phones)

    return _download(rows, "tickets", kind, asked)


@blueprint.get("/days.csv", defaults={"kind": "csv"})
@blueprint.get("/days.xlsx", defaults={"kind": "xlsx"})
def days(kind: str) -> Response:
    now = datetime.now(UTC)
    with reading() as session:
        asked = selection(session, now)

    def rows(session: Session) -> Iterable[Sequence[Cell]]:
        found = days_of(session, _queues(session, asked), asked.days.first, asked.days.last, now)
        return day_rows(found, {each.id: each.keyword for each in asked.queues})

    return _download(rows, "days", kind, asked)


def _queues(session: Session, asked: Selection) -> Sequence[Queue]:
    return session.scalars(select(Queue).where(Queue.id.in_([each.id for each in asked.queues]))).all()


def _download(rows: Rows, what: str, kind: str, asked: Selection) -> Response:
    of = f"{asked.keyword}-" if asked.keyword else ""
    name = f"{what}-{of}{asked.days.first}-{asked.days.last}.{kind}"
    return Response(
        _as_xlsx(rows, what) if kind == "xlsx" else _as_csv(rows),
        mimetype=KINDS_OF_FILE[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _as_csv(rows: Rows) -> Iterator[str]:
    def lines() -> Iterator[str]:
        with reading() as session:
            found = written_out(csv_lines(rows(session)))
        yield from found

    # Without a byte order mark, spreadsheets assume a legacy encoding.
    return chain(["\ufeff"], lines())


def _as_xlsx(rows: Rows, what: str) -> Iterator[bytes]:
    xlsx = import_module("web.manage.statistics.xlsx_file")  # its package takes 4 MB, and few ask for this
    with reading() as session:
        file, complete = xlsx.begun_workbook(what, rows(session))
    in_threadpool(complete)
    return xlsx.chunks_of(file)

"""Moments as history files and spreadsheets write them. What may mean two things is refused, not guessed."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # some days before the last that Python counts, it can't add to it
CENTURY = 2000

_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?\s*([AaPp])?\.?(?:[Mm]\.?)?"
_OFFSET = r"\s*(Z|z|[+-]\d{2}:?\d{2})?"
ISO = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}})[Tt ]{_TIME}{_OFFSET}", re.ASCII)
PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{6})?[+-]\d{2}:\d{2}", re.ASCII)
SPREADSHEET = re.compile(rf"(\d{{1,4}})([./-])(\d{{1,2}})\2(\d{{1,4}}),?[Tt ]\s*{_TIME}{_OFFSET}", re.ASCII)
DAY_COUNT = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
DATE_ALONE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", re.ASCII)
BLANKS = str.maketrans("\u00a0\u202f", "  ")


class DateOrder(StrEnum):
    """How a file writes dates that do not begin with the year."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Moments:
    """Reads the moments of one file: all are written alike. `zone`: of those without an offset; None refuses
    them. Afterwards `understood` says what was not plain ISO 8601.
    """

    def __init__(self, cells: Iterable[str], zone: ZoneInfo | None, order: DateOrder | None) -> None:
        self._zone = zone
        self._order = order or _order_of(cells)
        self.understood: dict[str, str] = {}

    def read(self, name: str, cell: str) -> datetime | None:
        """Raises ValueError with the reason."""
        if not cell:
            return None
        if PLAIN.fullmatch(cell):  # as we write it, and so of most files: the quick way
            return self._plain(name, cell)
        text = cell.translate(BLANKS)
        if found := ISO.fullmatch(text):
            year, month, day, *time = found.groups()
        elif found := SPREADSHEET.fullmatch(text):
            year, month, day, time = self._ordered(name, cell, *found.groups())
        else:
            raise ValueError(_why_none(name, cell))
        offset = time.pop()
        if offset is None and self._zone is None:
            raise ValueError(f"{name} has no offset: write it like {text}+00:00, not {shown(cell)}.")
        try:
            naive = datetime(int(year), int(month), int(day)) + _of_day(*time)  # noqa: DTZ001
            moment = self._placed(name, cell, naive, offset)
            if EARLIEST <= moment < LATEST:
                moment.astimezone(UTC)
                return moment
        except OverflowError:
            pass
        except ValueError as problem:
            if name in str(problem):
                raise
        raise ValueError(f"{name} is no moment that ever was: {shown(cell)}.")

    def _plain(self, name: str, cell: str) -> datetime:
        try:
            moment = datetime.fromisoformat(cell)
            if EARLIEST <= moment < LATEST:
                moment.astimezone(UTC)
                return moment
        except (ValueError, OverflowError):
            pass
        raise ValueError(f"{name} is no moment that ever was: {shown(cell)}.")

    def _ordered(
        self, name: str, cell: str, first: str, sign: str, second: str, third: str, *time: str | None
    ) -> tuple[str, str, str, list[str | None]]:
        if len(first) == 4:
            return first, second, third, [*time]
        if len(third) not in (2, 4) or len(first) > 2:
            raise ValueError(_why_none(name, cell))
        year = third if len(third) == 4 else str(CENTURY + int(third))
        order = self._order or (DateOrder.DAY_FIRST if sign == "." or first == second else None)
        if order is None:
            raise ValueError(
                f"{name} may be two days: {shown(cell)}. Say --dates day-first or --dates month-first."
            )
        day, month = (first, second) if order == DateOrder.DAY_FIRST else (second, first)
        self.understood.setdefault("dates", f"dates are {order}: {cell} is {year}-{month:0>2}-{day:0>2}")
        return year, month, day, [*time]

    def _placed(self, name: str, cell: str, naive: datetime, offset: str | None) -> datetime:
        if offset is not None:
            return datetime.fromisoformat(f"{naive.isoformat()}{offset.upper()}")
        earlier, later = (naive.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if earlier.utcoffset() != later.utcoffset():
            was = "came twice, or never was,"
            raise ValueError(
                f"{name} {was} as the clocks of {self._zone} changed: {shown(cell)} needs an offset."
            )
        words = f"times without an offset are those of {self._zone}: {cell} is {earlier.isoformat()}"
        self.understood.setdefault("zone", words)
        return earlier


def shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:40]}…")


def _order_of(cells: Iterable[str]) -> DateOrder | None:
    """What the dates of the file agree upon; None where all of them may be read either way.

    Raises ValueError if some can only be read one way and some only the other.
    """
    said: dict[DateOrder, str] = {}
    for cell in cells:
        if cell[4:5] == "-" or not cell:  # with the year first
            continue
        found = SPREADSHEET.fullmatch(cell.translate(BLANKS))
        if found is None or len(found[1]) == 4:
            continue
        if int(found[1]) > 12:
            said.setdefault(DateOrder.DAY_FIRST, cell)
        elif int(found[3]) > 12:
            said.setdefault(DateOrder.MONTH_FIRST, cell)
    if len(said) > 1:
        raise ValueError(
            f"some dates begin with the day and some with the month: {' and '.join(said.values())}."
        )
    return next(iter(said), None)


def _of_day(hour: str, minute: str, second: str | None, fraction: str | None, half: str | None) -> timedelta:
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= 12:
            raise ValueError("hour")
        hours = hours % 12 + (12 if half in "Pp" else 0)
    if hours > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError("time")
    return timedelta(
        hours=hours,
        minutes=int(minute),
        seconds=int(second or 0),
        microseconds=int((fraction or "").ljust(6, "0")),
    )


def _why_none(name: str, cell: str) -> str:
    if DAY_COUNT.fullmatch(cell):
        return (
            f"{name} is a spreadsheet's count of days, {shown(cell)}: "
            "format the column as date and time, and save again."
        )
    if DATE_ALONE.fullmatch(cell):
        return f"{name} is a date without a time of day: {shown(cell)}."
    return f"{name} must be a moment like 2026-03-10T09:05:00+00:00, not {shown(cell)}."

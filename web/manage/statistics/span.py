"""The days that the statistics page shows: a day, week, month or year, and the ones before and after."""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from babel.dates import format_date, format_skeleton
from flask_babel import get_locale

KINDS = ("day", "week", "month", "year")
A_DAY = timedelta(days=1)
OLDEST = date(2000, 1, 1)


class Days(NamedTuple):
    kind: str
    first: date
    last: date

    @classmethod
    def around(cls, kind: str, day: date) -> "Days":
        match kind:
            case "week":
                first = day - day.weekday() * A_DAY
                return cls(kind, first, first + 6 * A_DAY)
            case "month":
                return cls(kind, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
            case "year":
                return cls(kind, date(day.year, 1, 1), date(day.year, 12, 31))
            case _:
                return cls("day", day, day)

    @property
    def before(self) -> date:
        return max(OLDEST, self.first - A_DAY)

    @property
    def after(self) -> date:
        return self.last + A_DAY

    @property
    def words(self) -> str:
        locale = get_locale() or "en"
        match self.kind:
            case "week":
                days = (format_date(day, "medium", locale=locale) for day in (self.first, self.last))
                return " – ".join(days)
            case "month":
                return str(format_skeleton("yMMMM", self.first, locale=locale))
            case "year":
                return str(self.first.year)
            case _:
                return str(format_date(self.first, "full", locale=locale))


def day_asked_for(text: str | None, today: date) -> date:
    """The requested day; today if it is invalid or in the future."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return min(max(day, OLDEST), today)

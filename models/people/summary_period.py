"""The period of a summary: a business day, or a week from Monday to Sunday. Pure."""

from datetime import date, timedelta
from enum import StrEnum

A_DAY = timedelta(days=1)


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"

    @property
    def length(self) -> timedelta:
        return A_DAY if self == Period.DAY else 7 * A_DAY

    def first_of(self, day: date) -> date:
        """The first day of the period that contains this day; it names the period."""
        return day if self == Period.DAY else day - day.weekday() * A_DAY

    def days(self, first: date) -> list[date]:
        return [first + days * A_DAY for days in range(self.length.days)]

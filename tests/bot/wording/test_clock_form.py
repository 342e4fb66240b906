"""English texts say 5 PM or 17:00 as the business's country does; other languages have their own form."""

import pytest

from bot.reply_kinds import ReplyKind
from bot.wording.clock_form import has_twelve_hours
from bot.wording.rendering import render

FACTS = {
    "number": 7,
    "queue": "Haircuts",
    "business": "Barber Lopes",
    "keyword": "CET236",
    "ahead": 2,
    "wait_low": 10,
    "wait_high": 20,
    "opens_days": 1,
    "opens_weekday": 1,
}


@pytest.mark.parametrize(
    ("at", "told"),
    [("17:00", "5 PM"), ("09:30", "9:30 AM"), ("00:00", "12 AM"), ("12:15", "12:15 PM")],
)
def test_with_twelve_hours_a_time_is_in_the_morning_or_after_noon(at: str, told: str) -> None:
    facts = FACTS | {"opens_time": at, "closes_time": at, "twelve_hours": True}
    for kind in (ReplyKind.CLOSED, ReplyKind.STATUS):
        assert f" at {told}" in render(kind, facts)


def test_other_languages_keep_their_form() -> None:
    assert "17h" in render(ReplyKind.CLOSED, FACTS | {"opens_time": "17:00", "twelve_hours": True}, "fr")


@pytest.mark.parametrize(
    ("timezone", "has"),
    [
        *(("America/New_York", True), ("Pacific/Honolulu", True), ("America/Toronto", True)),
        *(("Australia/Sydney", True), ("Asia/Kolkata", True)),
        *(("Europe/London", False), ("Europe/Lisbon", False), ("UTC", False), ("Etc/GMT+5", False)),
    ],
)
def test_the_clock_is_that_of_the_countrys_pages(timezone: str, has: bool) -> None:
    assert has_twelve_hours(timezone) is has

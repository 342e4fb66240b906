"""The same moment in the formats of readers from different countries."""

from datetime import UTC, datetime, time

import pytest
from flask import Flask

from web.http.language import use_language
from web.http.times import time_of_day, time_range

BETWEEN = (datetime(2026, 3, 10, 14, 20, tzinfo=UTC), datetime(2026, 3, 10, 14, 35, tzinfo=UTC))


def told(app: Flask, asked: str, zone: str, own: str | None = None) -> str:
    with app.test_request_context(headers={"Accept-Language": asked} if asked else {}):
        use_language(own=own, zone=zone)
        return time_range(BETWEEN).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("asked", "zone", "words"),
    [
        ("", "Europe/Lisbon", "14:20–14:35"),
        ("", "America/New_York", "10:20–10:35 AM"),
        ("en", "Europe/Lisbon", "14:20–14:35"),
        ("en-US,en;q=0.9", "Europe/Lisbon", "2:20–2:35 PM"),
        ("en-GB", "America/New_York", "10:20–10:35"),
        ("zh-Hant-TW, en;q=0.5", "Asia/Kathmandu", "8:05–8:20 PM"),
        ("xx-QQ, e, *;q=0.1", "Europe/Lisbon", "14:20–14:35"),
        ("x" * 5000, "Europe/Lisbon", "14:20–14:35"),
    ],
)
def test_hours_are_counted_as_in_the_readers_country_or_else_the_businesss(
    app: Flask, asked: str, zone: str, words: str
) -> None:
    assert told(app, asked, zone) == words


def test_a_range_over_noon_names_both_halves_of_the_day(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en-US"}):
        use_language(zone="UTC")
        noon = (datetime(2026, 3, 10, 11, 55, tzinfo=UTC), datetime(2026, 3, 10, 12, 10, tzinfo=UTC))
        assert time_range(noon).replace("\xa0", " ") == "11:55 AM–12:10 PM"


def test_an_opening_time_without_a_zone_is_in_the_business_time_zone(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en-GB"}):
        use_language(zone="America/New_York")
        assert time_of_day(time(9, 0)) == "09:00"
        assert time_of_day(BETWEEN[0]) == "10:20"

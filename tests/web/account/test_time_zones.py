"""Whoever signs up chooses the time zone of the business by city, and none is chosen for them by a guess."""

from dataclasses import replace
from zoneinfo import available_timezones

import pytest
from flask import Flask

from config.settings import SignUp
from models.people.servicers import Servicer
from models.storage.database import Database, reading
from tests.one_database import in_turn
from tests.web.visitor import Visitor

CORA = {"business": "Cuts", "name": "Cora", "email": "cora@example.com", "new": "a good password"}


@pytest.fixture
def visitor(app: Flask, db: Database, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup=SignUp.OPEN))
    return Visitor(app)


def shown(visitor: Visitor, asked: str) -> tuple[dict[str, str], str]:
    """The choices, and the one that is made already, for a browser of this language."""
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = asked
    root = visitor.open("/signup").root
    (field,) = root.all("select", name="timezone")
    options = {one.attributes["value"]: one.text for one in field.all("option")}
    (chosen,) = [one for one in field.all("option") if "selected" in one.attributes]
    assert field.attributes["data-time-zone"] == chosen.attributes["value"]  # which time_zone.js goes by
    return options, chosen.attributes["value"]


def test_the_list_names_cities_in_the_readers_language_and_each_zone_once(visitor: Visitor) -> None:
    english, _ = shown(visitor, "en")
    assert (english["Europe/Lisbon"], english["Asia/Kolkata"]) == ("Lisbon", "Kolkata")
    assert english["America/Argentina/Buenos_Aires"] == "Buenos Aires"
    assert "US/Eastern" not in english
    assert set(english) - {""} <= available_timezones()
    spanish, _ = shown(visitor, "es")
    assert (spanish["Europe/London"], spanish["Africa/Algiers"]) == ("Londres", "Argel")
    assert 'label="Europa"' in visitor.page.html


@in_turn
@pytest.mark.parametrize(
    ("asked", "chosen"),
    [("en", ""), ("en-US", ""), ("es-ES", ""), ("fr-FR", "Europe/Paris"), ("en-IE", "Europe/Dublin")],
)
def test_none_is_chosen_unless_the_browsers_country_has_only_one(
    visitor: Visitor, asked: str, chosen: str
) -> None:
    assert shown(visitor, asked)[1] == chosen


def test_without_a_choice_it_is_asked_for_and_what_was_typed_stays(visitor: Visitor) -> None:
    visitor.open("/signup")
    page = visitor.press("Sign up", **CORA)
    assert page.status == 422
    assert "Choose your time zone." in page.text
    assert page.form_of("Sign up")[1]["business"] == "Cuts"


def test_a_zone_by_another_of_its_names_is_taken(visitor: Visitor) -> None:
    visitor.open("/signup")
    visitor.press("Sign up", **CORA, timezone="Asia/Calcutta")
    with reading() as session:
        made = Servicer.by_email(session, CORA["email"])
        assert made is not None
        assert made.business.timezone == "Asia/Kolkata"

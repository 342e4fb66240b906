"""The settings of the business and the state of its phone numbers."""

import pytest
from flask import Flask

from models.people.business import Business, OurNumber
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.web.visitor import Visitor
from tests.world import NOON

PAGE = "/manage/settings"


def there(business: Business) -> Business:
    with reading() as session:
        return session.get_one(Business, business.id)


def test_settings_are_saved(business: Business, rosas: Visitor) -> None:
    rosas.open(PAGE)
    typed = {"name": "Lopes & Sons", "timezone": "america/new york", "language": "es"}
    page = rosas.press("Save", **typed, day_start_hour="5", summary_hour="8")
    assert page.notices == ["Settings saved."]
    saved = there(business)
    assert (saved.name, saved.timezone, saved.language) == ("Lopes & Sons", "America/New_York", "es")
    assert (saved.day_start_hour, saved.summary_hour, saved.carrier_answers_help) == (5, 8, True)


def test_help_can_be_answered_by_us(business: Business, rosas: Visitor) -> None:
    given = rosas.open(PAGE).form_of("Save")[1]
    given.pop("carrier_answers_help")
    rosas.client.post(PAGE, data=given)
    assert there(business).carrier_answers_help is False


def test_saving_the_same_says_so(business: Business, rosas: Visitor) -> None:
    rosas.open(PAGE)
    assert rosas.press("Save").notices == ["These are already the settings."]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Enter the name customers see."),
        ({"name": "x" * 81}, "Use at most 80 characters."),
        ({"timezone": "Atlantis"}, "That isn't a time zone"),
        ({"language": "xx"}, "Not a valid choice"),
        ({"day_start_hour": "24"}, "Not a valid choice"),
    ],
)
def test_what_can_not_be_is_refused_in_words_and_nothing_is_saved(
    business: Business, rosas: Visitor, fields: dict[str, str], words: str
) -> None:
    rosas.open(PAGE)
    page = rosas.press("Save", **({"summary_hour": "7"} | fields))
    assert page.status == 422
    assert words in page.text
    assert there(business).summary_hour == 20
    assert page.form_of("Save")[1]["summary_hour"] == "7"


def test_a_number_that_works_is_shown_so(rosas: Visitor) -> None:
    page = rosas.open(PAGE)
    assert "+1 555-010-0000 Working Texts are getting through." in page.text


def test_a_held_number_says_since_when_and_why(queue: Queue, rosas: Visitor) -> None:
    def hold(session: object) -> None:
        number = session.get_one(OurNumber, 1)  # type: ignore[attr-defined]
        number.held_at, number.held_reason = NOON, "the carrier refuses our account (error 20003)"

    transaction(hold)
    page = rosas.open(PAGE)
    assert "Stopped" in page.text
    assert "the carrier refuses our account (error 20003)" in page.text


def test_only_a_manager_changes_settings(
    business: Business, luiss: Visitor, visitor: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert luiss.client.post(PAGE, data={"name": "X"}).status_code == 400  # no token
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    assert luiss.client.post(PAGE, data={"name": "X"}).status_code == 403
    assert visitor.client.post(PAGE, data={"name": "X"}).status_code == 303
    assert there(business).name == "Barber Lopes"

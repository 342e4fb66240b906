"""Unsubscribing from a summary: on the page that its link opens, or by the mail program's own button."""

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import BY_MAIL, Role, Servicer
from models.people.summary_period import Period
from models.storage.database import reading, transaction
from security.signed_links import make_unsubscribe_key, read_unsubscribe_key
from tests.web.visitor import Visitor
from tests.world import NOON, make_servicer


@pytest.fixture
def mia(business: Business) -> Servicer:
    return make_servicer(business, "Mia", role=Role.MANAGER)


def address(app: Flask, servicer: Servicer, period: str = "day") -> str:
    return f"/stop/{make_unsubscribe_key(app.config['SECRET_KEY'], servicer.id, period)}"


def gets_it(servicer: Servicer, period: Period = Period.DAY) -> bool:
    with reading() as session:
        return bool(getattr(session.get_one(Servicer, servicer.id), BY_MAIL[period]))


def test_opening_the_link_stops_nothing_and_its_button_does(
    app: Flask, visitor: Visitor, mia: Servicer
) -> None:
    page = visitor.open(address(app, mia))
    assert page.headings == ["Stop the daily summary?"]
    assert app.test_client().get(address(app, mia)).headers["Referrer-Policy"] == "no-referrer"
    assert gets_it(mia)
    page = visitor.press("Stop these emails")
    assert page.headings == ["You're unsubscribed"]
    assert not gets_it(mia)
    assert visitor.open(address(app, mia)).headings == ["You're unsubscribed"]


def test_the_weekly_one_is_stopped_by_its_own_link(app: Flask, visitor: Visitor, mia: Servicer) -> None:
    page = visitor.open(address(app, mia, "week"))
    assert page.headings == ["Stop the weekly summary?"]
    assert visitor.press("Stop these emails").headings == ["You're unsubscribed"]
    assert (gets_it(mia), gets_it(mia, Period.WEEK)) == (True, False)
    assert visitor.open(address(app, mia)).headings == ["Stop the daily summary?"]


def test_a_mail_program_posts_without_a_session_or_a_token(app: Flask, mia: Servicer, rosa: Servicer) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(address(app, mia), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert (gets_it(mia), gets_it(rosa)) == (False, True)


@pytest.mark.parametrize("key", ["x", "WzEsImRheSJd", "WzEsImRheSJd.x"])
def test_what_we_did_not_sign_stops_nothing(app: Flask, mia: Servicer, key: str) -> None:
    assert app.test_client().post(f"/stop/{key}").status_code == 410
    made_elsewhere = make_unsubscribe_key("another secret key", mia.id, "day")
    assert app.test_client().post(f"/stop/{made_elsewhere}").status_code == 410
    answer = app.test_client().get(f"/stop/{made_elsewhere}")
    assert answer.status_code == 410
    assert "This link doesn't work" in answer.text
    assert gets_it(mia)


def test_a_key_of_another_kind_of_mail_or_of_somebody_who_left_is_over(app: Flask, mia: Servicer) -> None:
    assert app.test_client().post(address(app, mia, "year")).status_code == 410
    transaction(lambda s: setattr(s.get_one(Servicer, mia.id), "left_at", NOON))
    assert app.test_client().post(address(app, mia)).status_code == 410


def test_a_key_names_whom_and_what() -> None:
    key = make_unsubscribe_key("secret", 7, "week")
    assert read_unsubscribe_key("secret", key) == (7, "week")
    assert read_unsubscribe_key("secret", key[:-1] + ("a" if key[-1] != "a" else "b")) is None

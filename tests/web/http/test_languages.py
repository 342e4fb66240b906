"""Pages are in the language the reader chose, else the browser's, else the business's."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from tests.one_database import in_turn
from tests.web.visitor import Page, Visitor
from tests.world import ANA, change, join, make_business, make_queue
from web.http.language import use_language
from web.http.times import time_of_day


def speaking(visitor: Visitor, languages: str) -> Visitor:
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = languages
    return visitor


def language_of(page: Page) -> str:
    return page.root.all("html")[0].attributes["lang"]


@in_turn
@pytest.mark.parametrize("languages", ["es", "es-MX,es;q=0.9,en;q=0.8", "es-419", "nl,es;q=0.7"])
def test_a_spanish_browser_sees_the_queue_in_spanish(visitor: Visitor, queue: Queue, languages: str) -> None:
    page = speaking(visitor, languages).open(f"/q/{queue.keyword}")
    assert language_of(page) == "es"
    assert "Atendiendo ahora" in page.text
    assert "Now serving" not in page.text


@in_turn
@pytest.mark.parametrize("languages", ["pt", "pt-BR,pt;q=0.9,en;q=0.8", "pt-PT", "de", "de-AT"])
def test_a_portuguese_or_german_browser_gets_pages_in_that_language(
    visitor: Visitor, queue: Queue, languages: str
) -> None:
    assert language_of(speaking(visitor, languages).open(f"/q/{queue.keyword}")) == languages[:2]


def test_what_a_customer_chose_goes_before_what_their_browser_asks_for(
    visitor: Visitor, queue: Queue
) -> None:
    token = join(queue, ANA).token

    def choose_french(_session: object, ticket: Ticket) -> None:
        ticket.customer.language = "fr"

    change(1, queue, choose_french)
    page = speaking(visitor, "en-GB,en").open(f"/t/{token}")
    assert language_of(page) == "fr"
    assert "Quitter la file" in page.buttons


@pytest.mark.parametrize(("of_business", "told"), [("es", "es"), ("nl", "en")])
def test_a_language_without_pages_is_read_in_the_businesss_or_in_english(
    visitor: Visitor, db: object, of_business: str, told: str
) -> None:
    queue = make_queue(make_business(language=of_business))
    token = join(queue, ANA).token

    def choose_dutch(_session: object, ticket: Ticket) -> None:
        ticket.customer.language = "nl"

    change(1, queue, choose_dutch)
    assert language_of(speaking(visitor, "").open(f"/t/{token}")) == told
    assert language_of(speaking(visitor, "fr").open(f"/t/{token}")) == "fr"


@pytest.mark.parametrize("languages", ["", "nl-BE,nl", "*;q=0"])
def test_who_asks_for_nothing_we_speak_reads_the_businesss_language(
    visitor: Visitor, db: object, languages: str
) -> None:
    queue = make_queue(make_business(language="es"))
    page = speaking(visitor, languages).open(f"/q/{queue.keyword}")
    assert language_of(page) == "es"
    assert "Pedir número" in page.text


def test_an_english_browser_reads_english_at_a_spanish_business(visitor: Visitor, db: object) -> None:
    queue = make_queue(make_business(language="es"))
    assert language_of(speaking(visitor, "en-GB").open(f"/q/{queue.keyword}")) == "en"


def test_the_board_speaks_the_businesss_language_whoever_opens_it(visitor: Visitor, db: object) -> None:
    queue = make_queue(make_business(language="fr"))
    page = speaking(visitor, "en").open(f"/q/{queue.keyword}/board")
    assert language_of(page) == "fr"


def test_what_a_press_did_is_said_in_the_servicers_language(app: Flask, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    rosas = speaking(Visitor(app).sign_in(rosa), "es")
    rosas.open(f"/control/{queue.keyword}")
    rosas.press("Llamar al siguiente")
    assert "Llamado el 1" in rosas.page.text
    rosas.press("Deshacer")
    assert rosas.page.notices == ["Deshecho: llamado el 1."]


def test_a_mistake_is_told_in_the_readers_language(visitor: Visitor) -> None:
    page = speaking(visitor, "fr").open("/nowhere")
    assert page.status == 404
    assert page.headings == ["Page introuvable"]


@pytest.mark.parametrize(("business", "spoken"), [(None, "en"), ("fr", "fr")])
def test_a_browser_that_takes_any_language_gets_the_businesss(
    visitor: Visitor, db: object, business: str | None, spoken: str
) -> None:
    queue = make_queue(make_business(language=business) if business else make_business())
    assert language_of(speaking(visitor, "*").open(f"/q/{queue.keyword}")) == spoken


@pytest.mark.parametrize(
    ("languages", "told"),
    [("en-GB", "14:20"), ("en-US", "2:20 PM"), ("es-MX", "2:20 p.m."), ("fr", "14:20"), ("pt-BR", "14:20")],
)
def test_a_time_is_written_as_in_the_readers_country(app: Flask, languages: str, told: str) -> None:
    with app.test_request_context(headers={"Accept-Language": languages}):
        use_language(zone="Europe/Lisbon")
        shown = time_of_day(datetime(2026, 3, 10, 14, 20, tzinfo=UTC))
    assert shown.replace("\xa0", " ") == told


@pytest.mark.parametrize(
    ("languages", "told"), [("en", "9:20 AM"), ("fr", "09:20"), ("es", "9:20"), ("de", "09:20")]
)
def test_a_language_of_one_way_to_write_times_needs_no_country(app: Flask, languages: str, told: str) -> None:
    with app.test_request_context(headers={"Accept-Language": languages}):
        use_language(zone="America/New_York")
        shown = time_of_day(datetime(2026, 3, 10, 13, 20, tzinfo=UTC))
    assert shown.replace("\xa0", " ") == told

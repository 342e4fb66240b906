"""The evening's mail says when one servicer more would have mattered, and otherwise says nothing of it."""

import pytest

from bot.wording.mails import word_summary
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.statistics.whatif.helpful_hour import matters
from models.statistics.whatif.outcome import Figures, Outcome
from models.storage.database import Database
from tests.models.statistics.served_days import of_day, serve
from tests.one_database import on_sqlite
from tests.world import NOON, make_queue, make_servicer, minutes

RUSH = {
    "en": "With one more servicer from 12 to 13, "
    "nine in ten would have waited at most 28 min instead of 57 min.",
    "es": "Con una persona más atendiendo de 12 a 13 h, "
    "nueve de cada diez habrían esperado como máximo 28 min en vez de 57 min.",
    "fr": "Avec une personne de plus au comptoir de 12 h à 13 h, "
    "neuf personnes sur dix auraient attendu au plus 28 min au lieu de 57 min.",
    "pt": "Com mais uma pessoa no atendimento entre 12 h e 13 h, "
    "nove em dez teriam esperado no máximo 28 min em vez de 57 min.",
    "de": "Mit einer Person mehr am Schalter zwischen 12 und 13 Uhr hätten "
    "neun von zehn höchstens 28 Min statt 57 Min gewartet.",
}
FEWER = {
    "en": ", and 2 fewer people would have given up.",
    "es": " y se habrían ido 2 personas menos sin ser atendidas.",
    "fr": ", et 2 personnes de moins auraient abandonné.",
    "pt": ", e 2 pessoas a menos teriam desistido.",
    "de": ", und es hätten 2 Personen weniger aufgegeben.",
}


def test_a_rush_at_noon(db: Database, business: Business, queue: Queue, rosa: Servicer) -> None:
    for index in range(10):
        serve(queue, rosa, index, NOON, 7 * index)
    facts = of_day(business).mail_facts() | {"business": "Lopes"}
    for language, words in RUSH.items():
        mail = word_summary(facts, language, public_url="https://queue.example.org")
        assert words in mail.text
        assert words in mail.html
        stayed = facts | {"helpful_hour": facts["helpful_hour"] | {"stayed": 2}}
        mail = word_summary(stayed, language, public_url="https://queue.example.org")
        assert f"{words[:-1]}{FEWER[language]}" in mail.text


@on_sqlite
def test_with_several_queues_it_names_the_one(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other, luis = make_queue(business, "OTHER"), make_servicer(business)
    serve(other, luis, 20, NOON, 0)
    for index in range(10):
        serve(queue, rosa, index, NOON, 7 * index)
    facts = of_day(business).mail_facts() | {"business": "Lopes"}
    mail = word_summary(facts, "en", public_url="https://queue.example.org")
    assert "With one more servicer from 12 to 13 at CET236, nine in ten" in mail.text


@on_sqlite
def test_a_quiet_day(db: Database, business: Business, queue: Queue, rosa: Servicer) -> None:
    for index in range(5):
        serve(queue, rosa, index, NOON + minutes(20 * index), 9)
    facts = of_day(business).mail_facts() | {"business": "Lopes"}
    assert facts["helpful_hour"] is None
    assert "one more servicer" not in word_summary(facts, "en", public_url="https://queue.example.org").text


@pytest.mark.parametrize(
    ("was", "would_be", "is_told"),
    [
        ((1800, 3), (1200, 3), True),
        ((1800, 3), (1260, 3), False),  # a third would be 1200
        ((1500, 3), (960, 3), False),  # a third, but nine minutes
        ((3600, 3), (2700, 3), False),  # fifteen minutes, but a quarter
        ((60, 3), (60, 0), True),
        ((60, 3), (60, 1), False),
    ],
)
def test_when_it_would_have_mattered(
    was: tuple[float, int], would_be: tuple[float, int], is_told: bool
) -> None:
    before, after = (Figures(p90 / 2, p90, gave_up, 0.0) for p90, gave_up in (was, would_be))
    assert matters(Outcome(9, before, after, after, after)) is is_told

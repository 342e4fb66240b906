"""A turn text as it really leaves asks for a 1 or a 9, and only from then on a 9 gives the place up."""

import pytest

from bot.reply_kinds import ReplyKind
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.bot.transcript import text_in
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.one_database import in_turn
from tests.world import ANA, call_next, make_business, make_queue, make_servicer, ticket


@in_turn
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Reply 1 if you're coming, 9 if you're not."),
        ("es", "Responda 1 si viene, 9 si no viene."),
        ("fr", "Répondez 1 si vous venez, 9 sinon."),
        ("pt", "Responda 1 se vem, 9 se nao vem."),
        ("de", "Antworten Sie mit 1, wenn Sie kommen, mit 9, wenn nicht."),
    ],
)
def test_in_five_languages(day: Day, carrier: ScriptedCarrier, language: str, words: str) -> None:
    business = make_business(language=language)
    queue, rosa = make_queue(business), make_servicer(business)
    text_in("CET236", ANA, day.now)
    call_next(queue, rosa, day.now)
    send_all(sender_with(carrier, day), day)
    assert carrier.bodies[0].endswith(words)
    day.pass_(15)
    assert text_in("9", ANA, day.now).kind == ReplyKind.COMING, "not read yet, perhaps"
    day.pass_(15)
    assert text_in("9", ANA, day.now).kind == ReplyKind.GAVE_UP
    assert ticket(queue, 1).state == "left"


def test_a_text_that_did_not_leave_offers_nothing(day: Day, queue: Queue, rosa: Servicer) -> None:
    text_in("CET236", ANA, day.now)
    call_next(queue, rosa, day.now)
    day.pass_(60)
    assert text_in("9", ANA, day.now).kind == ReplyKind.COMING
    assert ticket(queue, 1).state == "called"

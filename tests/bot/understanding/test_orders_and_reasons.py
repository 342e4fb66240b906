"""An order stands beside whatever reason: but not beside a condition, a report, or for later."""

import pytest

from bot.meanings import DECISIVE, Meaning
from tests.bot.understanding.asked import meaning_of


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("the griffin ate my wand so I need to cancel", "leave"),
        ("please remove me I have to feed the griffin", "leave"),
        ("cancel my spot the griffin isn't well", "leave"),
        ("the griffin ate my wand, take me off the list please", "leave"),
        ("the griffin has my phone so stop messaging me", "opt_out"),
        ("se escapó el grifo así que tengo que cancelar", "leave"),
        ("le griffon s'est enfui donc je dois annuler", "leave"),
        ("o grifo fugiu então preciso cancelar", "leave"),
        ("der Greif ist weg, deshalb muss ich absagen", "leave"),
        ("der Greif hat mein Handy, bitte schreiben Sie mir nicht mehr", "opt_out"),
    ],
)
def test_an_order_counts_beside_a_reason_that_nobody_foresaw(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "cancel my spot when the griffin comes",
        "cancel my spot at 5 please",
        "if the griffin comes please cancel my spot",
        "maybe I need to cancel",
        "call me or cancel my spot",
        "I need to leave the line and come back",
        "let my sister please cancel my spot",
        "the griffin said please remove me",
        "please cancel the griffin ride",
        "take me off the naughty list please",
        "si viene el grifo por favor cancele mi turno",
        "s'il pleut trop svp annulez ma place",
        "se chover muito por favor cancele a minha vez",
        "wenn der Greif kommt bitte streichen Sie mich",
    ],
)
def test_what_is_put_off_reported_or_about_something_else_is_not_done(text: str) -> None:
    assert meaning_of(text) not in DECISIVE


@pytest.mark.parametrize(
    "text",
    ["remove two of us", "one of us can't come", "remove all", "cancel me in an hour", "remove one person"],
)
def test_leaving_that_is_not_for_all_or_not_for_now_is_asked_about(text: str) -> None:
    assert meaning_of(text) == Meaning.NEAR_MISS


@pytest.mark.parametrize(
    "text",
    [
        "can i cancel",
        "do i have to leave",
        "will you end my spot",
        "muss ich absagen",
        "soll ich stornieren",
        "puis-je annuler",
        "puedo cancelar",
        "posso cancelar",
        "the griffin says cancel my spot",
        "my kid typed cancel my spot please",
        "meine Frau sagt bitte meinen Platz stornieren",
        "mi jefe quiere que cancele mi turno",
        "cancel my spot I will not",
        "cancel my spot just kidding",
        "annulez ma place je plaisante",
        "streichen Sie mich, falls der Greif kommt",
        "cancel my place in an hour",
    ],
)
def test_leaving_that_is_a_question_somebody_elses_or_taken_back_is_asked_about(text: str) -> None:
    assert meaning_of(text) == Meaning.NEAR_MISS


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("can I be taken off the list", "leave"),
        ("could we please cancel our spot", "leave"),
        ("can you cancel my spot", "leave"),
        ("no puedo ir", "leave"),
        ("tengo que cancelar", "leave"),
        ("je peux plus venir", "leave"),
        ("kann ich bitte von der Liste gestrichen werden", "leave"),
        ("my wife is sick please cancel my spot", "leave"),
        ("just wanted to say please remove me", "leave"),
        ("take me off the list, if possible", "leave"),
        ("annulez ma place, tant pis", "leave"),
        ("cancel my spot I have a meeting in 30 minutes", "leave"),
        ("there was a button please remove me", "leave"),
        ("how do I stop these texts", "opt_out"),
    ],
)
def test_a_polite_question_and_a_reason_take_no_order_back(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *(("can't make it this evening", "leave"), ("no puedo ir esta tarde", "leave")),
        *(("je ne peux pas venir ce soir", "leave"), ("não posso ir esta tarde", "leave")),
        *(("cancel my spot tonight", "leave"), ("tonight cancel my spot", "leave")),
        *(("on Monday cancel my spot", "near_miss"), ("cancel my spot I have a meeting tonight", "leave")),
        *(("I left the queue", "leave"), ("maybe next time I have to run", "leave")),
        *(("take me and my son off the list", "leave"), ("take me off the list, my son is sick", "leave")),
    ],
)
def test_an_order_for_another_day_is_asked_about_and_news_of_then_is_none(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        *("todavía no puedo ir", "je peux pas encore venir", "kann noch nicht kommen"),
        *(
            "je peux pas partir",
            "ich kann nicht gehen",
            "je veux pas",
            "no quiero",
            "não quero",
            "ich will nicht",
        ),
        *("geht nicht", "will meinen Platz nicht verlieren"),
    ],
)
def test_who_cannot_come_yet_or_leave_or_does_not_want_to_is_asked(text: str) -> None:
    assert meaning_of(text) == Meaning.NEAR_MISS


@pytest.mark.parametrize(
    "text",
    [
        *("morgen CET236", "CET236 morgen", "übermorgen CET236", "CET236 am Montag", "CET236 lundi"),
        *("CET236 el lunes", "CET236 na segunda", "CET236 next week", "I left CET236", "saí da CET236"),
        *("maybe CET236", "vielleicht CET236", "CET236 done"),
    ],
)
def test_a_keyword_beside_another_day_or_what_was_is_asked_about(text: str) -> None:
    assert meaning_of(text) == Meaning.NEAR_MISS


@pytest.mark.parametrize(
    "text", ["Guten Morgen CET236", "Morgen! CET236", "CET236 Domingo", "CET236 tonight"]
)
def test_a_good_morning_tonight_or_a_name_like_a_day_and_a_keyword_join(text: str) -> None:
    assert meaning_of(text) == Meaning.JOIN


@pytest.mark.parametrize("text", ["CET236 wrong one", "wrong queue CET236", "CET236 falsche Schlange"])
def test_who_stands_at_the_wrong_keyword_neither_joins_nor_opts_out(text: str) -> None:
    assert meaning_of(text) == Meaning.NEAR_MISS

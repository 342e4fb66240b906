"""How texts read, and what gives way when they would be too long."""

import re

import pytest

from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import segments
from bot.wording.rendering import render
from bot.wording.sms_templates import languages
from models.texts.text_kinds import TextKind

FACTS = {
    "number": 12,
    "queue": "Haircuts",
    "keyword": "CET236",
    "business": "Barber Lopes",
    "ahead": 3,
    "wait_low": 10,
    "wait_high": 20,
    "wait_state": "ok",
}

LINK = "https://queue.example.com/t/abcdefghijklmnop"


def test_who_may_not_be_served_before_closing_is_told_so():
    assert text_of(ReplyKind.JOINED).endswith("The wait is about 10-20 min.")
    told = text_of(ReplyKind.JOINED, closes_time="17:00")
    assert told.endswith("The wait is about 10-20 min. We close at 17:00, so we may not get to you.")


def test_advice_gives_way_before_what_a_first_answer_says_of_closing():
    told = text_of(
        ReplyKind.JOINED, name="Ana", link=LINK, first=True, closes_time="17:00", wait_state="unstaffed"
    )
    assert "We close at 17:00, so we may not get to you." in told
    assert "MENU" not in told


def test_a_paused_line_is_told_with_its_reason():
    told = text_of(wait_state="paused", pause_reason="Lunch until one")
    assert "The line is paused for now (Lunch until one). Once it moves again, expect about" in told


def text_of(kind=ReplyKind.STATUS, **facts):
    return render(kind, FACTS | facts)


@pytest.mark.parametrize(
    ("kind", "facts", "text"),
    [
        (
            ReplyKind.JOINED,
            {"name": "Ana", "link": LINK, "first": True},
            "You are number 12 for Haircuts, Ana. 3 people ahead of you. The wait is about 10-20 min. "
            f"Follow along: {LINK} Barber Lopes only texts you about your place in line. "
            "Text STATUS, LEAVE or MENU. Reply STOP to stop texts, HELP for help.",
        ),
        (
            ReplyKind.JOINED,
            {"ahead": 0, "wait_low": 1, "wait_high": 5},
            "You are number 12 for Haircuts. You're next. The wait is about 1-5 min.",
        ),
        (
            ReplyKind.ALREADY_WAITING,
            {"ahead": 1},
            "You are still number 12 for Haircuts. 1 person ahead of you. The wait is about 10-20 min.",
        ),
        (
            ReplyKind.STATUS,
            {"wait_state": "unstaffed"},
            "You are number 12 for Haircuts. 3 people ahead of you. The counter isn't staffed right now. "
            "Once it is, expect about 10-20 min.",
        ),
        (
            ReplyKind.STATUS,
            {"wait_state": "paused"},
            "You are number 12 for Haircuts. 3 people ahead of you. The line is paused for now. "
            "Once it moves again, expect about 10-20 min.",
        ),
        (
            ReplyKind.STATUS,
            {"wait_state": "stalled", "wait_low": None},
            "You are number 12 for Haircuts. 3 people ahead of you. The line hasn't moved in a while.",
        ),
        (
            ReplyKind.STATUS_CALLED,
            {"desk": "Chair 1"},
            "You are number 12 for Haircuts, and we've called you. Please come to Chair 1 now.",
        ),
        (
            ReplyKind.LEFT,
            {},
            "You've left the line for Haircuts, number 12. Changed your mind? Text CET236 for a new number.",
        ),
        (ReplyKind.NEAR_MISS, {"suggestions": ["CET236"]}, "Did you mean CET236? If so, text CET236."),
        (
            ReplyKind.NEAR_MISS,
            {"suggestions": ["CET236", "CET237"]},
            "Did you mean CET236 or CET237? Text the one you mean.",
        ),
        (
            ReplyKind.QUEUE_CHOOSER,
            {"choices": [{"keyword": "CUT", "queue": "Haircuts"}, {"keyword": "SHAVE", "queue": "Shaves"}]},
            "Which line would you like to join? Text CUT for Haircuts or SHAVE for Shaves.",
        ),
        (TextKind.YOUR_TURN, {}, "It's your turn, number 12. Please come to the counter for Haircuts."),
        (
            TextKind.YOUR_TURN,
            {"name": "Ana", "desk": "Chair 1"},
            "It's your turn, number 12 (Ana). Please come to Chair 1 for Haircuts.",
        ),
        (
            TextKind.CALLED_TOO_EARLY,
            {"ahead": 0},
            "Sorry, number 12, we called you too early for Haircuts. You're next. "
            "Please stay close by and we'll text you again.",
        ),
        (TextKind.ANNOUNCEMENT, {"note": "Back at 2."}, "Haircuts: Back at 2."),
    ],
)
def test_texts_read_like_this(kind, facts, text):
    assert text_of(kind, **facts) == text


LATER = {"others": 3, "fewer": False, "ahead": 21}


@pytest.mark.parametrize(
    ("kind", "language", "facts", "text"),
    [
        (
            ReplyKind.LATER_OFFERED,
            "en",
            LATER,
            "Number 12, let 3 others go first? You'd be 22nd for Haircuts, 21 people "
            "ahead of you, about 10-20 min. To do it, text LATER again within 5 minutes.",
        ),
        (
            ReplyKind.LATER_OFFERED,
            "es",
            LATER | {"others": 1, "fewer": True, "ahead": 1},
            "Numero 12, solo puede dejar pasar a 1 persona. Quedaria en el lugar 2 para Haircuts, con 1 "
            "persona delante y unos 10-20 min de espera. Para hacerlo, envie LATER otra vez en menos de 5 "
            "minutos.",
        ),
        (
            ReplyKind.LATER_OFFERED,
            "fr",
            LATER,
            "Numéro 12, laisser passer 3 personnes ? Vous seriez 22e pour Haircuts, avec 21 personnes avant "
            "vous et environ 10-20 min d'attente. Pour le faire, renvoyez LATER d'ici 5 minutes.",
        ),
        (
            ReplyKind.LATER_DONE,
            "de",
            LATER,
            "Erledigt, Nummer 12: Sie lassen 3 Personen vor und sind jetzt auf Platz 22 für Haircuts. "
            "21 Personen sind vor Ihnen. Wartezeit etwa 10-20 Min.",
        ),
        (
            ReplyKind.LATER_DONE,
            "en",
            LATER | {"others": 1, "ahead": 2},
            "Done, number 12: 1 other person goes first, so you're now 3rd for Haircuts. "
            "2 people ahead of you. The wait is about 10-20 min.",
        ),
        (
            ReplyKind.STATUS,
            "es",
            {"ahead": 0, "wait_state": "unstaffed"},
            "Tiene el numero 12 para Haircuts. No hay nadie delante. Ahora mismo no hay nadie en el "
            "mostrador. Cuando lo haya, calcule unos 10-20 min.",
        ),
        (
            ReplyKind.STATUS,
            "fr",
            {"ahead": 1, "held_by": "Barbes"},
            "Vous avez le numéro 12 pour Haircuts. 1 personne avant vous. Attente : environ 10-20 min. "
            "Nous gardons votre place pendant votre passage à Barbes.",
        ),
        (
            TextKind.YOUR_TURN,
            "es",
            {"name": "Íñigo", "desk": "Silla 2"},
            "Es su turno, numero 12 (Iñigo). Por favor, pase a Silla 2 para Haircuts.",
        ),
        (
            TextKind.YOUR_TURN,
            "fr",
            {},
            "C'est votre tour, numéro 12. Merci de venir au comptoir pour Haircuts.",
        ),
        (
            TextKind.YOUR_TURN,
            "pt",
            {"name": "João", "desk": "Cadeira 2"},
            "É a sua vez, numero 12 (Joao). Por favor, dirija-se a Cadeira 2 para Haircuts.",
        ),
        (
            TextKind.YOUR_TURN,
            "de",
            {"name": "Jürgen"},
            "Sie sind dran, Nummer 12 (Jürgen). Bitte kommen Sie zum Schalter für Haircuts.",
        ),
    ],
)
def test_texts_read_like_this_in_each_language(kind, language, facts, text):
    assert render(kind, FACTS | facts, language) == text


@pytest.mark.parametrize(
    ("language", "at", "told"),
    [
        *(("en", "09:00", "09:00"), ("en", "12:30", "12:30"), ("en", "00:00", "00:00")),
        *(("es", "17:00", "a las 17:00"), ("es", "01:30", "a la 1:30"), ("es", "09:00", "a las 9:00")),
        *(("fr", "17:00", "à 17h"), ("fr", "09:30", "à 9h30"), ("fr", "00:00", "à 0h")),
        *(("pt", "17:00", "às 17h"), ("pt", "01:30", "à 1h30"), ("pt", "09:00", "às 9h")),
        *(("de", "17:00", "um 17 Uhr"), ("de", "09:30", "um 9:30 Uhr")),
    ],
)
def test_a_time_is_told_as_it_is_read_in_the_language(language, at, told):
    facts = FACTS | {"opens_days": 1, "opens_weekday": 1, "opens_time": at, "closes_time": at}
    for kind in (ReplyKind.CLOSED, ReplyKind.STATUS):
        assert re.search(rf"\b{told}\b", render(kind, facts, language))


def test_a_wait_is_always_a_range_and_never_nothing():
    assert "about 1-2 min" in text_of(wait_low=0, wait_high=0)
    assert "about 7-8 min" in text_of(wait_low=7, wait_high=7)
    assert "min" not in text_of(wait_low=None, wait_high=None)


def test_the_token_of_a_ticket_becomes_its_link():
    text = render(
        ReplyKind.STATUS, FACTS | {"token": "abcdefghijklmnop"}, public_url="https://queue.example.com/"
    )
    assert LINK in text


def test_a_language_that_is_not_there_is_answered_in_english():
    assert render(ReplyKind.STATUS, FACTS, "tlh") == render(ReplyKind.STATUS, FACTS, "../en") == text_of()


def test_a_name_can_not_make_us_work_it_out():
    assert "{{ 7*7 }}" in text_of(ReplyKind.JOINED, name="{{ 7*7 }}")


def test_what_gives_way_first_is_the_advice_then_the_names_never_number_or_link():
    text = text_of(ReplyKind.JOINED, name="Ana", link=LINK + "x" * 60, first=True, business="B" * 80)
    assert "MENU" not in text
    assert all(kept in text for kept in ("STOP", "Ana"))
    text = text_of(
        ReplyKind.JOINED, name="A" * 40, queue="Q" * 60, business="B" * 80, link=LINK + "x" * 90, first=True
    )
    assert segments(text) == 2
    assert text.startswith("You are number 12")
    assert all(kept in text for kept in (LINK + "x" * 90, "STOP", "A..", "Q..", "B.."))


def test_choices_that_do_not_fit_are_left_out_whole():
    choices = [{"keyword": f"KEYWORD{n:02}", "queue": "A long name " * 4} for n in range(30)]
    text = text_of(ReplyKind.QUEUE_CHOOSER, choices=choices)
    assert segments(text) <= 2
    assert "KEYWORD00 for A" in text
    assert text.count("KEYWORD") == text.count(" for A")


@pytest.mark.parametrize(
    "kind", [ReplyKind.JOINED, TextKind.YOUR_TURN, TextKind.NEARLY_UP, TextKind.REMINDER]
)
@pytest.mark.parametrize("name", ["Ana 😊", "😊 Ana", "Ana ❤️", "Ana 👩‍👩‍👧"])
def test_an_emoji_beside_a_name_leaves_nothing_behind(kind, name):
    assert text_of(kind, name=name) == text_of(kind, name="Ana")


@pytest.mark.parametrize("kind", [ReplyKind.JOINED, TextKind.YOUR_TURN])
def test_a_name_that_is_an_emoji_alone_is_no_name_by_text(kind):
    assert text_of(kind, name="🌹") == text_of(kind)


def test_a_queue_or_desk_that_is_named_by_signs_alone_is_called_something():
    told = text_of(TextKind.YOUR_TURN, queue="💈💈", desk="🪑")
    assert told.endswith("Please come to chair for CET236.")


def test_a_full_stop_that_ends_a_name_ends_its_sentence_too():
    facts = {"number": 7, "queue": "Smith & Co.", "name": "Ana B."}
    assert "for Smith & Co. " in render("your_turn", facts) + " "
    assert "(Ana B.)" in render("your_turn", facts)
    for language in languages():
        assert not re.search(r"\.\.", render("your_turn", facts, language))
    assert render("your_turn", facts, own="{number}, please. {queue}.").endswith("Smith & Co.")


def test_a_sign_in_own_words_leaves_no_gap():
    own = "Hi {name} 😊! Number {number} (💈)."
    assert render(ReplyKind.JOINED, FACTS | {"name": "Ana"}, own=own) == "Hi Ana! Number 12."


@pytest.mark.parametrize(
    ("name", "said"), [("नेहा", "neha"), ("กิตติ", "kitti"), ("ਗੁਰਪ੍ਰੀਤ", "gurprit"), ("សុខា", "sokha")]
)
def test_a_name_keeps_its_vowels_in_a_text(name, said):
    assert f"for Haircuts, {said}." in text_of(ReplyKind.JOINED, name=name)

"""What words and short sentences mean: each row is something that somebody with an old phone might send."""

import pytest

from bot.meanings import Meaning
from tests.bot.understanding.asked import CONTRACT, meaning_of
from tests.rows import faults

WORDS_OF_OURS = {
    Meaning.STATUS: [
        *(
            "STATUS",
            "status",
            " Status? ",
            "STATUS!",
            "Státus",
            "ＳＴＡＴＵＳ",
            "where",
            "Where?",
            "?",
            "??",
            "？",
            "¿?",
        ),
        *("where am I", "Where am I?", "how long?", "How much longer", "status please", "what's my number?"),
        *("status of Ana", "where do I go", "WHERE ARE YOU"),
    ],
    Meaning.LEAVE: [
        *(
            "LEAVE",
            "leave.",
            "Leave!",
            "OUT",
            "out",
            "leave please",
            "please leave",
            "leave now",
            "leave the queue",
        ),
        *("leave queue", "I want to leave", "I want out", "cancel my spot", "cancel my place in line"),
        *("please cancel", "remove me from the line", "remove me", "leave, thank you"),
    ],
    Meaning.FORGET: ["FORGET", "forget me", "Forget me please"],
    Meaning.LATER: ["LATER", "later", "Later please", "I'm running late", "not yet", "let others go first"],
    Meaning.HERE: ["HERE", "I'm here", "Im here!", "I’m here", "I am here", "arrived"],
    Meaning.AGAIN: ["AGAIN", "again please"],
    Meaning.MENU: ["MENU", "menu?", "help me", "HELP PLEASE", "I need help"],
    Meaning.OPT_OUT: [
        *(
            "STOP",
            "stop",
            "Stop.",
            "STOPALL",
            "stop all",
            "UNSUBSCRIBE",
            "REVOKE",
            "OPTOUT",
            "opt out",
            "Opt-out",
        ),
        *("STOP PLEASE", "please stop", "Stop!!! now", "stop it", "I want to stop", "stop 🛑"),
        *("stop texting me", "Please stop texting me.", "stop sending me messages", "stop these texts"),
        *(
            "don't text me",
            "Do not text me anymore",
            "dont contact me",
            "never text me again",
            "no more texts",
        ),
        *(
            "quit texting me",
            "I would like to opt out of these texts",
            "unsubscribe me please",
            "leave me alone",
        ),
        "I revoke my consent",
    ],
    Meaning.OPT_OUT_AND_LEAVE: ["CANCEL", "cancel", "Cancel.", "END", "QUIT", "remove me from your list"],
    Meaning.OPT_IN: ["START", "start", "UNSTOP", "Yes", "YES!"],
    Meaning.CARRIER_HELP: ["HELP", "help", "Info", "HELP!"],
    Meaning.THANKS: [
        *(
            "OK",
            "ok",
            "Ok.",
            "okay",
            "k",
            "thanks",
            "Thanks!",
            "thank you",
            "Thank you so much!",
            "ty",
            "👍",
            "👍🏽",
        ),
        *(
            "❤️",
            "🙏🙏",
            "ok 👍",
            "OK thanks",
            "ok great, thank you",
            "cool",
            "got it",
            "no thanks",
            "see you later",
            "yes please",
        ),
        *(
            ":)",
            "<3",
            ":D",
            "Liked “You are number 12”",
            'Loved "You are number 12"',
            "👍 to “You are number 12”",
        ),
        "Reacted 👍 to “You are number 12”",
    ],
    Meaning.NOTHING: ["", "   ", "\n", "\x00", "\u200b"],
    Meaning.COMING: [
        "on my way",
        "omw",
        "I'm coming",
        "Be right there!",
        "I'm parking",
        "en camino",
        "j'arrive",
    ],
    Meaning.CHAT: [
        *(
            "hello",
            "no",
            "what is this",
            "stop by at noon",
            "bus stop",
            "don't stop",
            "don't stop texting me",
        ),
        *(
            "out of office until Monday",
            "leave a message",
            "end of line",
            "start the car",
            "come on let us go",
        ),
        *("Sorry I forget", "don't cancel my spot", "please leave me in the queue", "see me at the bar"),
    ],
    Meaning.UNKNOWN: [
        *(
            "Ana",
            "nonstop",
            "!!!",
            "🍕",
            "...",
            "10-15",
            "12:30",
            "1.5",
            "9999",
            "6/5",
            "5/10",
            "lat",
            "asdf qwer",
        ),
        *("JOIN XYZ99", "999 min"),
    ],
}


@pytest.mark.parametrize("meaning", WORDS_OF_OURS)
def test_words_mean_what_a_customer_means_by_them(meaning):
    def fault(text: str) -> str | None:
        found = meaning_of(text)
        return None if found == meaning else f"{text!r} means {found}, not {meaning}"

    wrong = faults(WORDS_OF_OURS[meaning], fault)
    assert not wrong, wrong


@pytest.mark.parametrize("word", sorted(CONTRACT))
def test_every_word_that_is_promised_is_understood_in_any_case(word):
    assert meaning_of(word.lower()) == meaning_of(word.title()) == meaning_of(f" {word}. ") == CONTRACT[word]

"""The keywords of the tests of understanding, and what a text means beside them."""

from bot.meanings import CARRIERS_WORDS, Meaning
from bot.understanding import understand

KEYWORDS = {"CET236", "BARBER", "DEMO"}
CONTRACT = {
    "JOIN": Meaning.JOIN,
    "STATUS": Meaning.STATUS,
    "WHERE": Meaning.STATUS,
    "LEAVE": Meaning.LEAVE,
    "OUT": Meaning.LEAVE,
    "FORGET": Meaning.FORGET,
    "LATER": Meaning.LATER,
    "HERE": Meaning.HERE,
    "AGAIN": Meaning.AGAIN,
    "MENU": Meaning.MENU,
    "LANG": Meaning.LANGUAGE,
    **CARRIERS_WORDS,
}


def meaning_of(text: str) -> Meaning:
    return understand(text, KEYWORDS).meaning

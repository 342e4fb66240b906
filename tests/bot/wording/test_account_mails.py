"""Every letter is there in every language of our mails, as plain words and as HTML that say the same."""

import re
from html import unescape
from typing import Any

import pytest

from bot.wording.mails import LINKS, MAIL_TEMPLATES, WordedMail, word_account_mail
from models.people.account_mails import AccountMailKind

ADDRESS = "https://queue.example.com"
FACTS: dict[str, Any] = {
    "name": "Zoë <b>",
    "business": "Barber Lopes",
    "by": "Rosa",
    "new": "zoe@example.com",
    "sent": 4321,
    "most": 5678,
    "trouble": "crowded",
    "queue": "Haircuts",
    "keyword": "CET236",
    "waiting": 17,
    "limit": 16,
    "host": "shop.example.com",
    "webhook": 77,
    "reason": "failing",
}
GREETINGS = {"en": "Hello", "es": "Hola", "fr": "Bonjour", "pt": "Olá", "de": "Guten Tag"}


def letter(kind: AccountMailKind, language: str) -> WordedMail:
    key = "a-key" if kind in LINKS else None
    return word_account_mail(kind, FACTS, language, public_url=f"{ADDRESS}/", link_key=key)


@pytest.mark.parametrize("language", GREETINGS)
@pytest.mark.parametrize("kind", list(AccountMailKind))
def test_every_letter_is_written_in_every_language(kind: AccountMailKind, language: str) -> None:
    for part in ("subject.txt", "txt"):
        assert (MAIL_TEMPLATES / language / f"{kind}.{part}").is_file(), "write it: docs/translating.md"
    worded, english = letter(kind, language), letter(kind, "en")
    assert (worded.subject == english.subject) == (language == "en")
    if kind != AccountMailKind.INVITATION:  # they have no name yet
        assert worded.text.startswith(GREETINGS[language])
    for fact in FACTS.values():
        assert (str(fact) in worded.text) == (str(fact) in english.text), fact
    assert f'<html lang="{language}">' in worded.html


@pytest.mark.parametrize("language", GREETINGS)
@pytest.mark.parametrize("kind", list(AccountMailKind))
def test_the_link_of_a_letter_stands_by_itself_and_the_html_says_the_same(
    kind: AccountMailKind, language: str
) -> None:
    worded = letter(kind, language)
    links = re.findall(rf"^{ADDRESS}/\S+$", worded.text, re.MULTILINE)
    assert links == re.findall(r'href="([^"]+)"', worded.html)
    assert re.findall(rf"^{ADDRESS}/\S+$", letter(kind, "en").text, re.MULTILINE) == links
    if kind in LINKS:
        assert links == [f"{ADDRESS}{LINKS[kind]}/a-key"]
    assert "<b>" not in worded.html
    said = re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]+>", "", worded.html, flags=re.DOTALL)
    assert unescape(said).split() == worded.text.split()


def test_no_language_of_our_mails_is_left_out() -> None:
    assert set(GREETINGS) == {path.name for path in MAIL_TEMPLATES.iterdir() if path.is_dir()}


@pytest.mark.parametrize("language", ["tlh", "nl"])
def test_a_language_without_letters_gets_the_english_ones(language: str) -> None:
    assert letter(AccountMailKind.PASSWORD_CHANGED, language) == letter(
        AccountMailKind.PASSWORD_CHANGED, "en"
    )

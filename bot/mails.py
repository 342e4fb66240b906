"""From facts to a mail: subject, plain words and HTML. The words are in templates/mail/<language>/, not here.

No database, no clock, nothing is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from bot.wording import FALLBACK_LANGUAGE, TEMPLATES, render
from models.letters import LetterKind
from models.message import TextKind

MAIL_TEMPLATES = TEMPLATES.parent / "mail"
# Where the link of a letter leads, before its key.
LINKS = {
    LetterKind.INVITATION: "/invitation",
    LetterKind.PASSWORD_RESET: "/reset",
    LetterKind.EMAIL_CHANGE: "/account/email",
}
DATES = {
    "en": "EEEE d MMMM y",
    "es": "EEEE d 'de' MMMM 'de' y",
    "fr": "EEEE d MMMM y",
}


@dataclass(frozen=True)
class WordedMail:
    subject: str
    text: str
    html: str


# Of a mail that an earlier version has put in.
LATER_FACTS: dict[str, Any] = {"unusual": (), "columns": (), "days": (), "kept_percent": None}


def word_summary(
    facts: Mapping[str, Any],
    language: str,
    *,
    public_url: str,
    stop_url: str | None = None,
    picture: str | None = None,
) -> WordedMail:
    """The mail of a summary, from `Summary.mail_facts()` and the business's name.

    `stop_url` is where its reader stops it, `picture` the id of the picture that comes with it, if any. In
    English where there are no words in that language: one mail is in one language.
    """
    language = language_of_summary(language)
    day, address = date.fromisoformat(facts["day"]), public_url.rstrip("/")
    line = summary_line(facts, language)
    known = (
        LATER_FACTS
        | dict(facts)
        | {
            "language": language,
            "line": line,
            "is_week": False,
            "date": _capital(format_date(day, DATES.get(language, DATES["en"]), Locale.parse(language))),
            "columns": summary_columns(facts, language),
            "public_url": address,
            "see_url": f"{address}/manage/statistics?span=day&on={day}",
            "stop_url": stop_url,
            "picture": picture,
        }
    )
    words = _environment(language)
    text, html = (words.get_template(f"summary.{part}").render(known) for part in ("txt", "html"))
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return WordedMail(" ".join(f"{facts['business']}: {line}".split()), text, html.strip() + "\n")


def language_of_summary(language: str) -> str:
    return language if (MAIL_TEMPLATES / language / "_summary_words.txt").is_file() else FALLBACK_LANGUAGE


def summary_columns(facts: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The columns of the picture, each with its label."""
    return [{"label": str(column["hour"])} | column for column in facts.get("columns", ())]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def word_letter(
    kind: LetterKind, facts: Mapping[str, Any], language: str, *, public_url: str, link_key: str | None
) -> WordedMail:
    """A letter about an account; its HTML is the same words in paragraphs, with the links to click."""
    language = language if (MAIL_TEMPLATES / language / f"{kind}.txt").is_file() else FALLBACK_LANGUAGE
    address = public_url.rstrip("/")
    known = dict(facts) | {"public_url": address}
    if link_key is not None:
        known["link"] = f"{address}{LINKS[kind]}/{link_key}"
    words = _environment(language)
    subject, text = (words.get_template(f"{kind}.{part}").render(known) for part in ("subject.txt", "txt"))
    subject = " ".join(subject.split())
    paragraphs = [_pieces(paragraph, address) for paragraph in text.strip().split("\n\n")]
    html = words.get_template("letter.html").render(language=language, subject=subject, paragraphs=paragraphs)
    return WordedMail(subject, text, html)


def _pieces(paragraph: str, address: str) -> list[tuple[str, bool]]:
    """One of our links stands in a paragraph of its own; whatever else looks like one is words."""
    paragraph = paragraph.strip()
    is_link = paragraph.startswith(f"{address}/") and not re.search(r"\s", paragraph)
    return [(paragraph, is_link)]


def summary_line(facts: Mapping[str, Any], language: str) -> str:
    """A summary in one line, as it is texted."""
    return render(TextKind.DAILY_SUMMARY, facts, language)


@cache
def _environment(language: str) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader([MAIL_TEMPLATES / language, MAIL_TEMPLATES]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    locale = Locale.parse(language)

    def plural(n: int, **forms: str) -> str:
        return forms.get(locale.plural_form(n), forms["other"]).replace("{n}", str(n))

    environment.globals["plural"] = plural
    return environment

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


@dataclass(frozen=True)
class WordedMail:
    subject: str
    text: str
    html: str


def word_summary(facts: Mapping[str, Any], language: str, *, public_url: str) -> WordedMail:
    """The mail of a daily summary, from `Summary.mail_facts()` and the business's name.

    In English where there is no mail in that language: one mail is in one language.
    """
    language = language if (MAIL_TEMPLATES / language).is_dir() else FALLBACK_LANGUAGE
    day = date.fromisoformat(facts["day"])
    known = dict(facts) | {
        "line": summary_line(facts, language),
        "date": format_date(day, "EEEE d MMMM y", Locale.parse(language)),
        "public_url": public_url.rstrip("/"),
    }
    subject, text, html = (
        _environment(language).get_template(f"daily_summary.{part}").render(known)
        for part in ("subject.txt", "txt", "html")
    )
    return WordedMail(" ".join(subject.split()), text, html)


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
    html = words.get_template("_letter.html").render(subject=subject, paragraphs=paragraphs)
    return WordedMail(subject, text, html)


def _pieces(paragraph: str, address: str) -> list[tuple[str, bool]]:
    """One of our links stands in a paragraph of its own; whatever else looks like one is words."""
    paragraph = paragraph.strip()
    is_link = paragraph.startswith(f"{address}/") and not re.search(r"\s", paragraph)
    return [(paragraph, is_link)]


def summary_line(facts: Mapping[str, Any], language: str) -> str:
    """The daily summary in one line, as it is texted."""
    return render(TextKind.DAILY_SUMMARY, facts, language)


@cache
def _environment(language: str) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(MAIL_TEMPLATES / language),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["minutes"] = _minutes
    return environment


def _minutes(minutes: int | None) -> str:
    """A duration as people read it; 0 is less than half a minute, None is nothing known."""
    if minutes is None:
        return "none"
    if minutes == 0:
        return "under 1 min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"

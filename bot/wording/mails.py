"""From facts to a mail: subject, plain words and HTML. The words are in templates/mail/<language>/, not here.

No database, no clock, nothing is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce
from operator import getitem
from typing import Any

from babel import Locale
from babel.dates import format_date
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from bot.wording.rendering import in_a_mail, render
from bot.wording.sms_templates import FALLBACK_LANGUAGE, TEMPLATES, choosing
from models.people.account_mails import AccountMailKind
from models.people.summary_period import Period
from models.texts.text_kinds import TextKind

MAIL_TEMPLATES = TEMPLATES.parent / "mail"
# Where the link of a letter leads, before its key.
LINKS = {
    AccountMailKind.INVITATION: "/invitation",
    AccountMailKind.PASSWORD_RESET: "/reset",
    AccountMailKind.EMAIL_CHANGE: "/account/email",
    AccountMailKind.EMAIL_PROOF: "/account/proof",
}
# A date in words, where the next one that is named is in another year, in another month, and in the same.
DATES = {
    "en": ("d MMMM y", "d MMMM", "d"),
    "es": ("d 'de' MMMM 'de' y", "d 'de' MMMM", "d"),
    "fr": ("d MMMM y", "d MMMM", "d"),
    "pt": ("d 'de' MMMM 'de' y", "d 'de' MMMM", "d"),
    "de": ("d. MMMM y", "d. MMMM", "d."),
}
WEEKDAYS = {"pt": "EEEE, ", "de": "EEEE, "}  # before a date; in other languages without a comma
ALARMS = {AccountMailKind.ALARM: TextKind.ALARM, AccountMailKind.ALARM_OVER: TextKind.ALARM_OVER}
LINES = {Period.DAY: TextKind.DAILY_SUMMARY, Period.WEEK: TextKind.WEEKLY_SUMMARY}


@dataclass(frozen=True)
class WordedMail:
    subject: str
    text: str
    html: str


# Of a mail that an earlier version has put in.
LATER_FACTS: dict[str, Any] = {
    "period": Period.DAY,
    "unusual": (),
    "helpful_hour": None,
    "columns": (),
    "days": (),
    "before": None,
    "busiest_weekday": None,
    "kept_percent": None,
    "next_days": (),
}


def word_summary(
    facts: Mapping[str, Any],
    language: str,
    *,
    public_url: str,
    stop_url: str | None = None,
    picture: str | None = None,
) -> WordedMail:
    """The mail of a summary, from `Summary.mail_facts()` and the business's name.

    `stop_url` is where its reader stops it, `picture` the id of the picture that comes with it, if any; with
    -dark it is that of the copy for dark screens. In English where there are no words in that language: one
    mail is in one language.
    """
    language = language_of_summary(language)
    period, day = Period(facts.get("period", Period.DAY)), date.fromisoformat(facts["day"])
    address = public_url.rstrip("/")
    line = in_a_mail(LINES[period], facts, language)
    known = (
        LATER_FACTS
        | dict(facts)
        | {
            "language": language,
            "line": line,
            "is_week": period == Period.WEEK,
            "date": _dated(day, language, with_weekday=True),
            "from_date": _dated(day, language, until=period.days(day)[-1]),
            "to_date": _dated(period.days(day)[-1], language),
            "columns": summary_columns(facts, language),
            "days": [
                each | {"name": _day_in_week(date.fromisoformat(each["day"]), language)}
                for each in facts.get("days", ())
            ],
            "next_days": [
                each | {"name": _day_in_week(date.fromisoformat(each["day"]), language)}
                for each in facts.get("next_days", ())
            ],
            "rows": _rows(LATER_FACTS | dict(facts), is_week=period == Period.WEEK),
            "weekdays": [name for _, name in sorted(Locale.parse(language).days["format"]["wide"].items())],
            "public_url": address,
            "see_url": f"{address}/manage/statistics?span={period}&on={day}",
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
    """The columns of the picture, each with its label: the hour, or the weekday in short."""
    weekdays = Locale.parse(language_of_summary(language)).days["format"]["abbreviated"]
    return [
        {
            "label": str(column["hour"])
            if "hour" in column
            else _capital(weekdays[column["weekday"]].rstrip("."))
        }
        | column
        for column in facts.get("columns", ())
    ]


def _rows(facts: Mapping[str, Any], *, is_week: bool) -> list[dict[str, Any]]:
    """The rows of figures: label, format, value, and the value of a week before where known."""
    before = facts["before"]

    def row(word: str, *path: str, form: str = "count") -> dict[str, Any]:
        was = None if before is None or path[0] not in before else reduce(getitem, path, before)
        return {"word": word, "form": form, "value": reduce(getitem, path, facts), "was": was}

    def some(*rows: dict[str, Any]) -> list[dict[str, Any]]:
        return [each for each in rows if each["value"] or each["was"]]

    def known(*rows: dict[str, Any]) -> list[dict[str, Any]]:
        return [each for each in rows if each["value"] is not None]

    came = [
        row("took_a_number", "joined"),
        row("row_served", "served"),
        row("row_gave_up", "gave_up"),
        row("no_show", "no_show"),
        *some(row("unserved", "unserved"), row("removed", "removed"), row("live", "live")),
    ]
    took = [
        row("row_wait", "wait", "median", form="minutes"),
        *known(
            row("usual_week" if is_week else "usual_weekday", "usual_wait", form="minutes"),
            row("wait_p90", "wait", "p90", form="minutes"),
            row("wait_longest", "wait", "longest", form="minutes"),
        ),
        row("service", "service", "median", form="minutes"),
        *known(
            row("kept", "kept_percent", form="percent"),
            row("busiest_day", "busiest_weekday", form="weekday"),
            row("busiest", "busiest_hour", form="hours"),
        ),
    ]
    texts = [row("texts_sent", "texts_sent"), row("texts_failed", "texts_failed")]
    somebody = facts["joined"]
    return [
        *(came if somebody else ()),
        *some(row("turned_away", "turned_away")),
        *(took if somebody else ()),
        *(texts if some(*texts) else ()),
    ]


def _dated(day: date, language: str, *, until: date | None = None, with_weekday: bool = False) -> str:
    """A date in words; the start of a range leaves out the month and year that its end has too."""
    with_year, with_month, alone = DATES.get(language, DATES[FALLBACK_LANGUAGE])
    pattern = with_year
    if until and until.year == day.year:
        pattern = alone if until.month == day.month else with_month
    if language == "fr" and day.day == 1:
        pattern = pattern.replace("d", "d'er'")
    if with_weekday:
        pattern = WEEKDAYS.get(language, "EEEE ") + pattern
    words = format_date(day, pattern, Locale.parse(language))
    return _capital(words) if with_weekday else words


def _day_in_week(day: date, language: str) -> str:
    pattern = "EEEE d." if language == "de" else "EEEE d"
    return _capital(format_date(day, pattern, Locale.parse(language)))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def word_account_mail(
    kind: AccountMailKind, facts: Mapping[str, Any], language: str, *, public_url: str, link_key: str | None
) -> WordedMail:
    """A letter about an account; its HTML is the same words in paragraphs, with the links to click."""
    language = language if (MAIL_TEMPLATES / language / f"{kind}.txt").is_file() else FALLBACK_LANGUAGE
    address = public_url.rstrip("/")
    known = dict(facts) | {"public_url": address}
    if kind in ALARMS:
        known = {"keyword": None} | known | {"line": in_a_mail(ALARMS[kind], facts, language)}
    if link_key is not None:
        known["link"] = f"{address}{LINKS[kind]}/{link_key}"
    words = _environment(language)
    subject, text = (words.get_template(f"{kind}.{part}").render(known) for part in ("subject.txt", "txt"))
    subject = " ".join(subject.split())
    paragraphs = [_pieces(paragraph, address) for paragraph in text.strip().split("\n\n")]
    html = words.get_template("letter.html").render(language=language, subject=subject, paragraphs=paragraphs)
    return WordedMail(subject, text, html)


def _pieces(paragraph: str, address: str) -> list[tuple[str, bool]]:
    """The paragraph, and whether it is a link: only one that is nothing but an address of ours."""
    paragraph = paragraph.strip()
    is_link = paragraph.startswith(f"{address}/") and not re.search(r"\s", paragraph)
    return [(paragraph, is_link)]


def summary_line(facts: Mapping[str, Any], language: str) -> str:
    """A summary in one line, as it is texted."""
    return render(LINES[Period(facts.get("period", Period.DAY))], facts, language)


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
    environment.globals["plural"] = choosing(Locale.parse(language).plural_form)
    return environment

"""What a board says aloud: the number and the desk of a call, in the languages of the queue's rules."""

from typing import Any, NamedTuple

from flask_babel import force_locale, get_locale, gettext as _

from web.customer.queue_page import Serving
from web.http.language import languages

NUMBER, DESK = "#", "@"  # what board_voice.js puts the call's own in place of


class Phrases(NamedTuple):
    """A call in one language, at a desk and without one."""

    language: str
    at_desk: str
    alone: str
    name: str  # of the language, in itself


def phrases_of(spoken: str) -> list[Phrases]:
    """For each of these language codes, in their order."""
    return [_in(language) for language in spoken.split() if language in languages()]


def said(phrases: list[Phrases], number: int | str, desk: str | None) -> list[tuple[str, str]]:
    """Each language, and the call in its words."""
    of_call = ((one.language, one.at_desk if desk else one.alone) for one in phrases)
    return [(code, words.replace(NUMBER, str(number)).replace(DESK, desk or "")) for code, words in of_call]


def calls_said(spoken: str, newest: Serving | None, queue: str = "") -> dict[str, Any]:
    """How a board says calls aloud in these languages, and the newest one so: where several queues share the
    board, with its queue's name, unless its letter tells."""
    phrases = phrases_of(spoken)
    caption = said(phrases, newest.label, newest.desk) if newest else []
    if queue:
        caption = [(code, f"{queue}: {words}") for code, words in caption]
    return {"phrases": phrases, "newest": newest, "caption": caption}


def _in(language: str) -> Phrases:
    with force_locale(language):
        return Phrases(
            language,
            _("Number %(number)s, %(desk)s", number=NUMBER, desk=DESK),
            _("Number %(number)s", number=NUMBER),
            get_locale().get_display_name(language),
        )

"""What a board says aloud: the number and the desk of a call, in the languages of the queue's rules."""

from typing import NamedTuple

from flask_babel import force_locale, get_locale, gettext as _

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


def _in(language: str) -> Phrases:
    with force_locale(language):
        return Phrases(
            language,
            _("Number %(number)s, %(desk)s", number=NUMBER, desk=DESK),
            _("Number %(number)s", number=NUMBER),
            get_locale().get_display_name(language),
        )

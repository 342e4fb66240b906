"""A badge's words, and how wide they are drawn: whoever draws it has the words, but not the font."""

from flask_babel import gettext as _, ngettext

from web.customer.queue_page import PublicQueue
from web.http.times import wait_words

FONT_SIZE = 13
# In widths of a letter "m", of Helvetica and its like; the drawing is fitted to the sum.
NARROW, WIDE = "iljtfrI.,:;·'’|! -", "mwMW@%"
OF_NARROW, OF_WIDE, OF_CAPITAL, OF_OTHER = 0.32, 0.86, 0.7, 0.57


def badge_words(page: PublicQueue) -> str:
    """The wait only while it is sure to run; otherwise what stops it."""
    waiting = ngettext("%(num)d waiting", "%(num)d waiting", page.waiting_count)
    if page.is_closed and not page.waiting_count:
        return _("Closed")
    why = _why_not(page)
    return f"{waiting} · {why}" if why else f"{waiting}, {wait_words(page.wait.low, page.wait.high)}"


def _why_not(page: PublicQueue) -> str:
    if page.is_closed:
        return _("Closed")
    if page.is_last_call:
        return _("Last call")
    if page.is_paused:
        return _("Paused")
    if page.is_full:
        return _("The line is full right now")
    reasons = {
        "unstaffed": _("The counter isn't staffed right now."),
        "stalled": _("The line hasn't moved in a while."),
    }
    return reasons.get(page.pace, "").rstrip(".")


def drawn_width(words: str) -> int:
    """In pixels, of words in the badge's font size."""
    return round(sum(map(_width, words)) * FONT_SIZE)


def _width(letter: str) -> float:
    if letter in NARROW:
        return OF_NARROW
    if letter in WIDE:
        return OF_WIDE
    return OF_CAPITAL if letter.isupper() else OF_OTHER

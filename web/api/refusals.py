"""What can't be done now, as a problem for a program: the buttons' own refusals, and the same words."""

from datetime import UTC, datetime
from typing import Any

from models.queueing.tables.ticket_states import NotPossible
from web.account.phone_searches import PHONE_SEARCHES
from web.api.limits import too_often
from web.control.walk_in import TEXTED_WALK_INS
from web.control.words import refusal_text
from web.http.problems import Problem, problem_body

CONFLICT = 409
_WORDS = {
    "waiting": "Nothing was changed: number {number} is still waiting.",
    "called": "Nothing was changed: number {number} is called.",
    "serving": "Nothing was changed: number {number} is being served.",
    "served": "Nothing was changed: number {number} has been served already.",
    "left": "Nothing was changed: number {number} has left.",
    "no_show": "Nothing was changed: number {number} did not come.",
    "removed": "Nothing was changed: number {number} was removed.",
    "not_last_press": "Nothing was changed: that press is not the last one of this servicer here.",
    "stale": "Nothing was changed: something else has happened at this counter meanwhile.",
}


def refused_body(refusal: NotPossible) -> dict[str, Any]:
    """To be kept and given again. Raises the Problem 429 where time alone helps: then nothing is kept."""
    if refusal.reason == "too_many_walk_ins":
        now = datetime.now(UTC)
        seconds = TEXTED_WALK_INS.minutes_left(now) * 60
        raise too_often(refusal.reason, "This key has given out too many numbers with a phone.", seconds)
    words = _WORDS.get(refusal.reason)
    detail = words.format(number=refusal.label) if words else refusal_text(refusal)
    more = {"number": refusal.number} if refusal.number is not None else {}
    return problem_body(CONFLICT, str(refusal.reason), detail, **more)


def too_many_known_phones(now: datetime) -> Problem:
    seconds = PHONE_SEARCHES.minutes_left(now) * 60
    return too_often("too_many_searches", "This key has asked about too many phones.", seconds)

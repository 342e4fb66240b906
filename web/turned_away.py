"""Why there is no number to take, and when there will be: as a refused text says it too. Reads only."""

from datetime import datetime, time

from babel.dates import get_day_names
from flask_babel import get_locale, gettext as _
from sqlalchemy.orm import Session

from models.hours import Opening, next_opening
from models.queues import Queue
from models.ticket_states import NotPossible
from web.times import time_of_day


def in_words(session: Session, queue: Queue, refusal: NotPossible, now: datetime) -> str:
    """A refused join."""
    if refusal.reason == "full":
        return _(
            "Sorry, the line for %(queue)s is full, so we can't give you a number just now. "
            "Please try again in a while.",
            queue=queue.name,
        )
    if refusal.reason == "busy":
        return _("Very many are taking a number just now. Please try again in a minute.")
    if refusal.reason == "too_often":
        return _("You have taken many numbers in a short time. Please wait a while, or ask at the counter.")
    if refusal.reason == "address":
        return _(
            "Very many numbers were taken from your connection. Text the keyword, ask at the counter, or "
            "try again in a few minutes."
        )
    closed = _("Sorry, %(queue)s is closed just now, so we can't give you a number.", queue=queue.name)
    return f"{closed} {opens_in_words(next_opening(session, queue, now))}"


def opens_in_words(opening: Opening | None) -> str:
    """When a closed queue opens, on the business's clock."""
    if opening is None:
        return _("Please try again when it is open.")
    opens_at = time_of_day(time.fromisoformat(opening.time))
    if opening.days == 0:
        return _("It opens today at %(time)s.", time=opens_at)
    if opening.days == 1:
        return _("It opens tomorrow at %(time)s.", time=opens_at)
    weekday = get_day_names(context="format", locale=get_locale())[opening.weekday]
    return _("It opens on %(weekday)s at %(time)s.", weekday=weekday, time=opens_at)

"""Explains why no number can be taken, and when the queue opens, like the text replies do. Reads only."""

from datetime import datetime, time

from babel.dates import get_day_names
from flask_babel import get_locale, gettext as _
from sqlalchemy.orm import Session

from models.queueing.hours.opening_hours import Opening, next_opening
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from web.http.times import time_of_day


def refusal_text(session: Session, queue: Queue, refusal: NotPossible, now: datetime) -> str:
    """Why joining was refused."""
    if refusal.reason == "full":
        return _(
            "Sorry, the line for %(queue)s is full right now. Please try again in a little while.",
            queue=queue.name,
        )
    if refusal.reason == "busy":
        return _(
            "A lot of people are taking a number for %(queue)s right now. Please try again in a minute.",
            queue=queue.name,
        )
    if refusal.reason == "too_often":
        return _(
            "You've taken a lot of numbers in a short time. Please wait a while before you take another for "
            "%(queue)s, or ask at the counter.",
            queue=queue.name,
        )
    if refusal.reason == "old_link":
        return _("That link has expired. Take a number here, or text the keyword.")
    if refusal.reason == "address":
        return _(
            "Too many numbers were taken from your connection. Text the keyword, ask at the counter, "
            "or try again in a few minutes."
        )
    if refusal.reason == "unscanned":
        return _(
            "Too many numbers were taken from your connection. Scan the code on the screen, text the keyword "
            "and the code, or ask at the counter."
        )
    if refusal.reason == "kiosk":
        return _("This tablet gave out a lot of numbers within an hour. Please ask at the counter.")
    if refusal.reason == "door_code":
        return _(
            "To take a number for %(queue)s you need the code shown there. See the screen, or ask at the "
            "counter.",
            queue=queue.name,
        )
    if refusal.reason == "guesses":
        return _(
            "Too many wrong codes came from your connection. Scan the code on the screen, text the keyword "
            "and the code, or ask at the counter."
        )
    if refusal.reason == "last_call":
        last_call = _(
            "Sorry, there are no more numbers for %(queue)s. We'll serve everyone already in line, "
            "then close.",
            queue=queue.name,
        )
        opening = next_opening(session, queue, now)
        return f"{last_call} {opening_text(opening)}" if opening else last_call
    closed = _("Sorry, %(queue)s is closed right now.", queue=queue.name)
    return f"{closed} {opening_text(next_opening(session, queue, now))}"


def opening_text(opening: Opening | None) -> str:
    """When a closed queue opens, in the business's time zone."""
    if opening is None:
        return _("Please try again when we're open.")
    opens_at = time_of_day(time.fromisoformat(opening.time))
    if opening.days == 0:
        return _("It opens today at %(time)s.", time=opens_at)
    if opening.days == 1:
        return _("It opens tomorrow at %(time)s.", time=opens_at)
    weekday = get_day_names(context="format", locale=get_locale())[opening.weekday]
    return _("It opens on %(weekday)s at %(time)s.", weekday=weekday, time=opens_at)

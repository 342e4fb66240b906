"""The kinds of texts that we send unasked: how urgent each is, and how long it may wait to be sent."""

from datetime import timedelta
from enum import StrEnum


class TextKind(StrEnum):
    JOINED = "joined"  # confirmation of a join on the web or at the desk
    NEARLY_UP = "nearly_up"
    PROMISE_CHANGED = "promise_changed"  # it will take longer, or goes faster, than they were told
    YOUR_TURN = "your_turn"
    REMINDER = "reminder"
    CALLED_TOO_EARLY = "called_too_early"
    STILL_CALLED = "still_called"  # a no-show was undone
    STILL_WAITING = "still_waiting"  # the end of the day or a removal was undone
    PUT_BACK = "put_back"
    ON_HOLD = "on_hold"  # called, and their place is kept until they are there
    NO_SHOW = "no_show"
    REMOVED = "removed"  # by a servicer, or a return that was undone
    BROUGHT_BACK = "brought_back"  # somebody whose ticket had ended
    TRANSFERRED = "transferred"  # a new number in another queue
    DAY_ENDED = "day_ended"
    TAKEN_BACK = "taken_back"  # a number given at the desk was undone
    ANNOUNCEMENT = "announcement"
    REPLY = "reply"  # to one customer, in the servicer's own words
    RATING = "rating"
    SOMEBODY_JOINED = "somebody_joined"  # to an idle servicer
    DAILY_SUMMARY = "daily_summary"  # to a manager, in one line
    WEEKLY_SUMMARY = "weekly_summary"
    ALARM = "alarm"  # to a manager: something is wrong
    ALARM_OVER = "alarm_over"
    LATE_ANSWER = "late_answer"  # to a text that the webhook missed, or whose reply was lost


PRIORITY = {
    TextKind.YOUR_TURN: 0,
    TextKind.CALLED_TOO_EARLY: 0,
    TextKind.STILL_CALLED: 0,
    TextKind.BROUGHT_BACK: 1,
    TextKind.REMINDER: 1,
    TextKind.NEARLY_UP: 2,
    TextKind.REPLY: 2,
    TextKind.PROMISE_CHANGED: 3,
    TextKind.ALARM: 3,
    TextKind.ALARM_OVER: 3,
    TextKind.SOMEBODY_JOINED: 3,
    TextKind.LATE_ANSWER: 3,
    TextKind.RATING: 8,
}
DEFAULT_PRIORITY = 4

# How long a text may wait in the outbox. A turn text never expires: it is dropped only if it becomes untrue.
LIFETIME = timedelta(hours=1)
SHORT_LIFETIME = {
    TextKind.SOMEBODY_JOINED: timedelta(minutes=10),
    TextKind.ALARM: timedelta(minutes=10),
    TextKind.ALARM_OVER: timedelta(minutes=10),
    TextKind.LATE_ANSWER: timedelta(minutes=15),
    TextKind.REPLY: timedelta(minutes=15),
    TextKind.PROMISE_CHANGED: timedelta(minutes=15),
}
NEVER_EXPIRES = frozenset({TextKind.YOUR_TURN})

TURN_TEXTS = (TextKind.YOUR_TURN, TextKind.REMINDER, TextKind.STILL_CALLED)
ABOUT_WAITING = (
    TextKind.NEARLY_UP,
    TextKind.PROMISE_CHANGED,
    TextKind.PUT_BACK,
    TextKind.ON_HOLD,
    TextKind.CALLED_TOO_EARLY,
    TextKind.STILL_WAITING,
    TextKind.BROUGHT_BACK,
)
# Untrue once a ticket that has ended is live again.
ENDINGS = (TextKind.NO_SHOW, TextKind.REMOVED, TextKind.DAY_ENDED, TextKind.RATING)

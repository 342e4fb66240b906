"""When the carrier is asked for a text that it took, if no report of its delivery comes. Pure functions."""

from datetime import datetime, timedelta

from models.people.addresses import Channel
from models.texts.text_kinds import TURN_TEXTS, TextKind

# Somebody comes because of these; whoever did not get one has to be called aloud.
RELIED_ON = (*TURN_TEXTS, TextKind.NEARLY_UP)
# In settle times after it was handed over: by default 1.5, 3.75 and 9 minutes. Reports come within seconds,
# so one that is missing at the first look is lost, while the servicer still waits for the customer. The later
# looks are for a text that the carrier has not sent yet.
LOOKS = (2, 5, 12)
LONGEST_SETTLING = timedelta(minutes=1)
# By then the carrier has dropped a turn text, and the counter has gone on.
WORTH_ASKING_FOR = timedelta(minutes=15)


def first_look(
    kind: TextKind, channel: Channel, queue_id: int | None, handed_over_at: datetime, settle_after: timedelta
) -> datetime | None:
    """None if nobody at the counter needs to know."""
    if not is_relied_on(kind, channel, queue_id):
        return None
    return next_look(handed_over_at, handed_over_at, settle_after)


def is_relied_on(kind: TextKind, channel: Channel, queue_id: int | None) -> bool:
    """Where SMS may stand in for a channel, any text about a queue matters: it is sent again that way."""
    may_go_by_sms = queue_id is not None and not channel.has_segments
    return kind in RELIED_ON or may_go_by_sms


def next_look(handed_over_at: datetime, now: datetime, settle_after: timedelta) -> datetime | None:
    """None if it has been looked for often enough."""
    unit = min(settle_after, LONGEST_SETTLING)
    moments = (handed_over_at + unit * count for count in LOOKS)
    return next((moment for moment in moments if moment > now), None)

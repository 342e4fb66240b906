"""Whether one servicer more in a day's worst hour would have mattered, for the evening's mail."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.statistics.distributions import Count, Tally
from models.statistics.summary_facts import whole_minutes
from models.statistics.whatif.changes import Change
from models.statistics.whatif.days import RecordedDay, read_day
from models.statistics.whatif.intervals import length, within
from models.statistics.whatif.outcome import Outcome, outcome_of

# It would have mattered if what nine in ten waited at most had been a third and ten minutes less; or if so
# many had stayed.
LEAST_SHARE = 1 / 3
LEAST_SECONDS = 600.0
FEWEST_STAYED = 3
# So long a mail may take; who has more counters and customers has people who look at figures.
MOST_QUEUES = 5
MOST_CUSTOMERS = 2_000
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class HelpfulHour:
    keyword: str
    hour: int  # local
    was: int  # whole minutes that nine in ten waited at most
    would_be: int
    stayed: int  # so many fewer would have given up

    def as_facts(self) -> dict[str, Any]:
        return asdict(self)


def helpful_hour(
    session: Session, queues: Sequence[tuple[Queue, Tally]], day: date, now: datetime
) -> HelpfulHour | None:
    """Of the queue where it would have cut the waits most; None if it would not have mattered in any."""
    looked_at = [(queue, tally.wait.p90 or 0.0) for queue, tally in queues if _might_matter(tally)]
    looked_at.sort(key=lambda each: -each[1])
    found = [_of_queue(session, queue, day, now) for queue, _ in looked_at[:MOST_QUEUES]]
    mattered = [each for each in found if each is not None]
    return max(mattered, key=lambda each: (each.was - each.would_be, each.stayed), default=None)


def _might_matter(tally: Tally) -> bool:
    is_long = (tally.wait.p90 or 0.0) >= LEAST_SECONDS
    return tally[Count.JOINED] <= MOST_CUSTOMERS and (is_long or tally[Count.GAVE_UP] >= FEWEST_STAYED)


def _of_queue(session: Session, queue: Queue, day: date, now: datetime) -> HelpfulHour | None:
    recorded = read_day(session, queue, day, now)
    zone = queue.business.zone
    since = worst_hour(recorded, zone)
    if since is None:
        return None
    change = Change(1, recorded.moment(since), recorded.moment(since + HOUR))
    outcome = outcome_of(recorded.recording, recorded.idle, change, runs=0)
    if not matters(outcome):
        return None
    was, would_be = (whole_minutes(figures.p90) or 0 for figures in (outcome.was, outcome.would_be))
    stayed = outcome.was.gave_up - outcome.would_be.gave_up
    return HelpfulHour(queue.keyword, since.astimezone(zone).hour, was, would_be, stayed)


def worst_hour(recorded: RecordedDay, zone: ZoneInfo) -> datetime | None:
    """The local hour with somebody on duty in which people waited longest, all together."""
    waiting = [(stay.since, stay.called_at or stay.until or stay.since) for stay in recorded.recording.stays]
    hour = recorded.start.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    found: dict[datetime, int] = {}
    while hour < recorded.end:
        if recorded.on_duty(hour, hour + HOUR):
            found[hour] = length(within(waiting, recorded.moment(hour), recorded.moment(hour + HOUR)))
        hour += HOUR
    return max(found, key=lambda each: found[each], default=None)


def matters(outcome: Outcome) -> bool:
    was, would_be = outcome.was.p90 or 0.0, outcome.would_be.p90 or 0.0
    is_shorter = was - would_be >= max(LEAST_SECONDS, was * LEAST_SHARE)
    return is_shorter or outcome.was.gave_up - outcome.would_be.gave_up >= FEWEST_STAYED

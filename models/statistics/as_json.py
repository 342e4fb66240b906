"""The figures of a span as JSON for programs, with the documented keys and more; null for no data."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.queueing.tables.queues import Desk
from models.statistics.distributions import Count, Measure, Tally
from models.statistics.durations import distribution
from models.statistics.promises import ChangeCount, plain
from models.statistics.servicer_names import servicer_names
from models.statistics.span import Span


def tally_as_json(tally: Tally) -> dict[str, Any]:
    """Durations in seconds, the promised range in minutes."""
    promised = tally.promised_range
    return asdict(tally.statistics()) | {
        "live": tally[Count.LIVE],
        "joined_by": {
            "text": tally[Count.BY_TEXT],
            "web": tally[Count.BY_WEB],
            "desk": tally[Count.BY_DESK],
            "history": tally[Count.BY_HISTORY],
        },
        "gave_up": tally[Count.GAVE_UP],
        "unserved": tally[Count.UNSERVED],
        "turned_away": {
            "closed": tally[Count.CLOSED],
            "full": tally[Count.FULL],
            "otherwise": tally[Count.OTHERWISE],
        },
        "put_back": tally[Count.PUT_BACK],
        "later": tally[Count.LATER],
        "transferred": tally[Count.TRANSFERRED],
        "wait_median_with_gave_up": tally.wait_with_gave_up,
        "service_from_start": asdict(distribution(tally.durations[Measure.STARTED_SERVICE])),
        "service_from_call": asdict(distribution(tally.durations[Measure.CALLED_SERVICE])),
        "promised": {
            "n": tally[Count.PROMISED],
            "low_mean": promised[0] if promised else None,
            "high_mean": promised[1] if promised else None,
            "kept": tally[Count.KEPT],
            "early": tally[Count.EARLY],
            "late": tally[Count.LATE],
        },
        "told_again": {
            "n": tally[ChangeCount.TOLD],
            "called": tally[ChangeCount.CALLED],
            "held": tally[ChangeCount.HELD],
        },
        "said": tally[Count.SAID],
        "answer": asdict(tally.answer),
        "saved_by_coming": tally[Count.SAVED],
        "rating": {"n": tally.rating.n, "mean": tally.rating.mean},
    }


def span_as_json(session: Session, span: Span) -> dict[str, Any]:
    people, desks = _names(session, span)
    whole = span.whole
    promises = {
        "by_hour": {hour: plain(tally.promises) for hour, tally in span.by_hour().items()},
        "by_ahead": {ahead: plain(found) for ahead, found in whole.promises_by_ahead.items()},
    }
    return tally_as_json(whole) | {
        "promises": plain(whole.promises) | promises,
        "given_up": [each._asdict() for each in span.gave_up()],
        "texts": span.texts()._asdict(),
        "duties": {
            people[servicer]: {"on_duty": on_duty, "idle": idle}
            for servicer, (on_duty, idle) in span.duties().items()
        },
        "busiest_hour": span.busiest_hour(),
        "by_hour": {hour: tally_as_json(tally) for hour, tally in span.by_hour().items()},
        "by_weekday": {weekday: tally_as_json(tally) for weekday, tally in span.by_weekday().items()},
        "by_servicer": {people[key]: tally_as_json(tally) for key, tally in span.by_servicer().items()},
        "by_desk": {desks[key]: tally_as_json(tally) for key, tally in span.by_desk().items()},
    }


def _names(session: Session, span: Span) -> tuple[dict[str, str], dict[int, str]]:
    people = servicer_names(session, {*span.by_servicer(), *span.duties()})
    desks = select(Desk.id, Desk.name).where(Desk.id.in_(span.by_desk()))
    return people, {row.id: row.name for row in session.execute(desks)}

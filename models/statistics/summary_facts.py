"""The figures of a summary as plain values for its texts, its mail and its chart. Pure."""

from typing import Any

from models.statistics.distributions import Count, Tally
from models.statistics.durations import Distribution
from models.statistics.span import Span


def figures(span: Span) -> dict[str, Any]:
    """The figures in the mail's table."""
    whole, texts = span.whole, span.texts()
    return tally_facts(whole) | {
        "kept_percent": None if whole.kept_share is None else int(whole.kept_share * 100 + 0.5),
        "wait": _durations(whole.wait),
        "service": _durations(whole.service),
        "total": _durations(whole.total),
        "texts_sent": texts.sent,
        "texts_failed": texts.failed,
    }


def tally_facts(tally: Tally) -> dict[str, Any]:
    return {
        "joined": tally[Count.JOINED],
        "served": tally[Count.SERVED],
        "live": tally[Count.LIVE],
        "gave_up": tally[Count.GAVE_UP],
        "unserved": tally[Count.UNSERVED],
        "no_show": tally[Count.NO_SHOW],
        "removed": tally[Count.REMOVED],
        "turned_away": tally.turned_away,
        "median_wait": whole_minutes(tally.wait.median),
    }


def column(tally: Tally) -> dict[str, Any]:
    promised = tally.promised_range
    return {
        "joined": tally[Count.JOINED],
        "wait": None if tally.wait.median is None else round(tally.wait.median / 60, 1),
        "low": promised and round(promised[0], 1),
        "high": promised and round(promised[1], 1),
    }


def _durations(of: Distribution) -> dict[str, int | None]:
    return {
        "count": of.n,
        "median": whole_minutes(of.median),
        "p90": whole_minutes(of.p90),
        "longest": whole_minutes(of.max),
    }


def whole_minutes(seconds: float | None) -> int | None:
    """Whole minutes; 0 means less than one."""
    return None if seconds is None else int(seconds / 60 + 0.5)

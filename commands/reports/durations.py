"""Durations as the reports print them."""

from datetime import timedelta


def clock(seconds: float | None) -> str:
    """Hours, minutes and seconds; hours may exceed 24."""
    if seconds is None:
        return "none"
    minutes, rest = divmod(timedelta(seconds=round(seconds)).total_seconds(), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:.0f}:{minutes:02.0f}:{rest:02.0f}" if hours else f"{minutes:.0f}:{rest:02.0f}"

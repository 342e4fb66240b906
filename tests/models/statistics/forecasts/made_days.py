"""Days in quarter hours as a shop may have them, made by hand."""

from models.statistics.forecasts.quarters import Quarter, Quarters

OPENS, CLOSES = 9 * 4, 18 * 4


def quarter_of(hour: int, minute: int = 0) -> int:
    return hour * 4 + minute // 15


def day_of(
    wait: float = 25, quiet: float = 6, *, first: int = 15, end: int = 17, unserved: int = 0
) -> Quarters:
    """Open from 9 to 18 with such waits in minutes, and others from `first` to `end`; at closing so many in
    the last two quarter hours are not served."""
    day = {}
    for number in range(OPENS, CLOSES):
        minutes = quiet if first * 4 <= number < end * 4 else wait
        day[number] = Quarter(
            joined=2, served=2, service=600, waits=2, waited=2 * minutes * 60, on_duty=1, clears=minutes * 60
        )
        if number >= CLOSES - 2:
            day[number].unserved = unserved
    return day

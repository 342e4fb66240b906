"""Whether English texts say 5 PM or 17:00: as in the business's country, which its pages follow too."""

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global


@cache
def has_twelve_hours(timezone: str) -> bool:
    country = get_global("zone_territories").get(timezone)
    if country in (None, "001", "ZZ"):  # of the world, or of no known country
        return False
    try:
        pattern = str(Locale.parse(f"und_{country}").time_formats["short"].pattern)
    except (UnknownLocaleError, ValueError):
        return False
    return "H" not in pattern

"""The time zones that somebody who signs up chooses from: by region, each by its city in their language.

Guesses only where the browser's country has a single one; time_zone.js chooses the browser's own.
"""

from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from flask_babel import get_locale, gettext as _, lazy_gettext as _l

REGIONS = {
    "Africa": _l("Africa"),
    "America": _l("America"),
    "Antarctica": _l("Antarctica"),
    "Asia": _l("Asia"),
    "Atlantic": _l("Atlantic Ocean"),
    "Australia": _l("Australia"),
    "Europe": _l("Europe"),
    "Indian": _l("Indian Ocean"),
    "Pacific": _l("Pacific Ocean"),
}


def zone_choices() -> dict[str, list[tuple[str, str]]]:
    """(zone, city) by region, after a choice of none."""
    cities = _cities(str(get_locale() or "en"))
    regions = sorted((str(words), list(cities[region])) for region, words in REGIONS.items())
    return {_("Not chosen yet"): [("", _("Choose…"))], **dict(regions), _("Other"): [("UTC", "UTC")]}


def likely_zone() -> str:
    """The only zone of the country that the browser names; "" if there are several, or no country."""
    territory = str((get_locale() or Locale("en")).territory)
    found = [
        zone for zone in get_global("territory_zones").get(territory, ()) if zone in available_timezones()
    ]
    return str(found[0]) if len(found) == 1 else ""


def as_listed(zone: str | None) -> str:
    """The zone by the name that the list has for it: Asia/Calcutta is there as Asia/Kolkata."""
    typed = zone or ""
    other = str(_other_names().get(typed, typed))
    return other if other.partition("/")[0] in REGIONS and other in available_timezones() else typed


def _other_names() -> Mapping[str, str]:
    """Listed zones by their other names, such as US/Eastern. Babel loads 2 MB at the first call."""
    names: Mapping[str, str] = get_global("zone_aliases")
    return names


@lru_cache(maxsize=32)
def _cities(locale: str) -> dict[str, tuple[tuple[str, str], ...]]:
    named = Locale.parse(locale).time_zones
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in available_timezones() - set(_other_names()):
        region, _slash, place = zone.partition("/")
        if region in found:
            city = named.get(zone, {}).get("city") or place.rpartition("/")[2].replace("_", " ")
            found[region].append((zone, str(city)))
    return {region: tuple(sorted(zones, key=lambda zone: zone[1])) for region, zones in found.items()}

"""Which time-zone rules a process goes by: the newer of the system's and those of the package tzdata.

Chosen once, as the process starts, and for everything: texts, pages, mails, hours, days and statistics.
"""

import re
import zoneinfo
from pathlib import Path
from typing import NamedTuple

import tzdata

VERSION = re.compile(r"\d{4}[a-z]+")
LONGEST_LINE = 100


class ZoneRules(NamedTuple):
    """The release of the rules in use, such as 2026a, and of those that are there."""

    in_use: str | None  # None: the system's, of which nobody knows how old they are
    package: str
    system: str | None

    @property
    def are_old(self) -> bool:
        return self.in_use is None or self.in_use < self.package

    def __str__(self) -> str:
        source = "the system" if self.in_use == self.system else "the package tzdata"
        return f"{self.in_use or 'of an unknown age'}, of {source}"


def use_newest_rules() -> ZoneRules:
    """From now on. Where the system does not tell how old its rules are, the package's are used."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath()
    system = _of_system()
    if system is None or system < tzdata.IANA_VERSION:
        zoneinfo.reset_tzpath(to=())  # nothing but the package is left
    if before != zoneinfo.TZPATH:
        zoneinfo.ZoneInfo.clear_cache()
    return ZoneRules(tzdata.IANA_VERSION if not zoneinfo.TZPATH else system, tzdata.IANA_VERSION, system)


def rules_in_use() -> ZoneRules:
    """Those that this process goes by, whoever chose them."""
    if not zoneinfo.TZPATH:
        return ZoneRules(tzdata.IANA_VERSION, tzdata.IANA_VERSION, None)
    return ZoneRules(_of_system(), tzdata.IANA_VERSION, _of_system())


def _of_system() -> str | None:
    """The release of the first folder that has rules; None if it does not say."""
    folder = next((Path(each) for each in zoneinfo.TZPATH if Path(each).is_dir()), None)
    for name in ("tzdata.zi", "+VERSION"):
        if folder is not None and (folder / name).is_file():
            with open(folder / name, encoding="ascii", errors="replace") as file:
                found = VERSION.search(file.readline(LONGEST_LINE))
            return found[0] if found else None
    return None

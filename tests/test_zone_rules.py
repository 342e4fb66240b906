"""One source of time-zone rules for everything, and the newer of two made-up ones."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata

from config.zone_rules import ZoneRules

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(tzdata.__file__).parent / "zoneinfo"
ZONE = "America/Vancouver"
# At ten in the morning of UTC; the zones are never changed, so that each tells which rules it is of.
OF_SYSTEM, OF_PACKAGE = ("Etc/GMT+7", "03:00"), ("Etc/GMT+8", "02:00")

LOOK = """
import json, sys
from datetime import UTC, datetime, time
from app import create_app
from models.delivery.circuit_breaker import _next_midnight
from models.people.business import Business
from models.queueing.hours.queue_days import QueueDays
from flask_babel import format_datetime
from web.http.language import use_language
from web.http.times import time_of_day
from config.zone_rules import rules_in_use

app = create_app()
now = datetime(2027, 1, 12, 10, tzinfo=UTC)
business = Business(timezone="America/Vancouver", day_start_hour=4)
with app.test_request_context("/", headers={"Accept-Language": "en-GB"}):
    use_language(zone=business.timezone)
    page, babel = time_of_day(now), format_datetime(now, "HH:mm")
days = QueueDays.of(business.zone, 4, {day: (time(22), time(6)) for day in range(7)})
print(json.dumps({
    "text": f"{now.astimezone(business.zone):%H:%M}",
    "page": page,
    "babel": babel,
    "day begins": f"{business.start_of(now.date()).hour - 4}",
    "shift ends": f"{days.start_of(now.date()).hour - 6}",
    "midnight of caps": f"{_next_midnight(now).astimezone(UTC).hour}",
    "rules": rules_in_use().in_use,
}))
"""


def _made_up(folder: Path, rules: str) -> None:
    for zone in (ZONE, "America/Los_Angeles"):
        (folder / zone).parent.mkdir(parents=True, exist_ok=True)
        (folder / zone).write_bytes((PACKAGE / rules).read_bytes())
    (folder / "UTC").write_bytes((PACKAGE / "UTC").read_bytes())


def _shop(tmp_path: Path, *, system: str | None, package: str) -> dict[str, str]:
    """What a shop in Vancouver reads, where the system and the package have rules of these releases."""
    there, installed = tmp_path / "zoneinfo", tmp_path / "packages" / "tzdata"
    _made_up(there, OF_SYSTEM[0])
    _made_up(installed / "zoneinfo", OF_PACKAGE[0])
    for made in (installed, installed / "zoneinfo", installed / "zoneinfo" / "America"):
        (made / "__init__.py").write_text("")
    (installed / "__init__.py").write_text(f"IANA_VERSION = {package!r}\n")
    (installed / "zones").write_text(f"{ZONE}\n")
    if system is not None:
        (there / "tzdata.zi").write_text(f"# version {system}\n")
    paths = os.pathsep.join([str(tmp_path / "packages"), str(ROOT)])
    environ = {"DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    looked = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=tmp_path,
        env=environ | {"PYTHONPATH": paths, "PYTHONTZPATH": str(there)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    said: dict[str, str] = json.loads(looked.stdout.splitlines()[-1])
    return said


@pytest.mark.parametrize(
    ("system", "package", "newest"),
    [("2030a", "2031b", "2031b"), ("2031b", "2031a", "2031b"), (None, "2031a", "2031a")],
    ids=["the package's are newer", "the system's are newer", "the system does not say"],
)
def test_everything_goes_by_the_newer_rules(
    tmp_path: Path, system: str | None, package: str, newest: str
) -> None:
    said = _shop(tmp_path, system=system, package=package)
    zone, clock = OF_PACKAGE if newest == package else OF_SYSTEM
    hours = zone.removeprefix("Etc/GMT+")
    assert said == {
        "text": clock,
        "page": clock,
        "babel": clock,
        "day begins": hours,
        "shift ends": hours,
        "midnight of caps": hours,
        "rules": newest,
    }


def test_rules_that_are_older_than_the_package_are_said_to_be_old() -> None:
    assert ZoneRules("2025b", "2026f", "2025b").are_old
    assert ZoneRules(None, "2026f", None).are_old
    assert not ZoneRules("2026f", "2026f", "2025b").are_old
    assert str(ZoneRules("2026f", "2026f", "2025b")) == "2026f, of the package tzdata"
    assert str(ZoneRules("2027a", "2026f", "2027a")) == "2027a, of the system"


def test_no_code_of_ours_asks_another_source_for_rules() -> None:
    found = [
        file.relative_to(ROOT).as_posix()
        for folder in ("bot", "commands", "config", "jobs", "models", "web", "webhooks")
        for file in (ROOT / folder).rglob("*.py")
        if any(source in file.read_text() for source in ("import pytz", "from pytz", "dateutil", "tzlocal"))
    ]
    assert found == []
    assert ZoneInfo("UTC").key == "UTC"

"""Runs the days and prints each evening's memory: python -m tests.browser.seven_days"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from app import create_app
from config.settings import Settings
from tests.acceptance.installation import Installation, free_port
from tests.browser.conftest import NO_CARRIER
from tests.browser.seven_days.walls import Memory
from tests.browser.seven_days.week import Week
from tests.fake_carrier import FakeCarrier

MOST_GROWTH = 1.25  # of the last evening's memory over the first one's


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m tests.browser.seven_days", description="Two boards and a kiosk for days."
    )
    options.add_argument("--days", type=int, default=7)
    options.add_argument("--customers", type=int, default=6, help="of each day")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    folder, began = Path(tempfile.mkdtemp(prefix="seven-days-")), time.monotonic()
    shop = Installation(folder, FakeCarrier(), free_port())
    for name in NO_CARRIER:
        shop.environ.pop(name, None)
    shop.command("migrate")
    create_app(Settings.from_environment(shop.environ))
    try:
        with sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            is_right = run(Week(shop, browser, chosen.seed), chosen.days, chosen.customers, began)
            browser.close()
    finally:
        shop.stop()
        shutil.rmtree(folder)
    sys.exit(not is_right)


def run(week: Week, days: int, customers: int, began: float) -> bool:
    evenings: list[dict[str, Memory]] = []
    for day in range(1, days + 1):
        week.day(customers)
        evenings.append(week.evening)
        minutes = (time.monotonic() - began) / 60
        for name, used in week.evening.items():
            print(f"day {day}, {minutes:4.1f} min, {name}: {used}", flush=True)
    for name, first in evenings[0].items():
        last = evenings[-1][name]
        for kind in ("heap", "nodes", "listeners"):
            growth = getattr(last, kind) / getattr(first, kind)
            week.check(growth <= MOST_GROWTH, f"{name}: {kind} grew to {growth:.2f} times")
    errors = [fault for wall in week.walls for fault in wall.faults]
    for error in errors:
        week.fault(error)
    loads = ", ".join(f"{wall.name} loaded {wall.loads} times" for wall in week.walls)
    print(f"{days} days, {week.looks} looks, {len(week.faults)} wrong; {loads}")
    return not week.faults


if __name__ == "__main__":
    main()

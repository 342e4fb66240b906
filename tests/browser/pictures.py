"""Takes the README's screenshots with Chromium: `make pictures`. Shows a shop with a week of history.

The history is created through the models' functions with past times; then the product is started.
"""

import random
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy.orm import Session

from app import create_app
from config.settings import Settings
from models.people.actors import By
from models.people.servicers import Role
from models.queueing import calling, ending
from models.queueing.duties import duty_of
from models.queueing.line.waits import waits_of
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from security.passwords import hash_password
from tests.acceptance.installation import Installation, comes_true, free_port
from tests.browser.conftest import NO_CARRIER
from tests.fake_carrier import FakeCarrier
from tests.world import join, make_business, make_desk, make_queue, make_servicer, press

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# A time zone in which it is afternoon now.
ZONES = ("Europe/Lisbon", "America/New_York", "America/Los_Angeles", "Pacific/Auckland", "Asia/Tokyo")
ZONES += ("Asia/Kolkata", "Pacific/Honolulu", "Asia/Dubai")
NAMES = ("Ana", "Ben", "Cai", "Dalia", "Edu", "Flora", "Gil", "Hana", "Ines", "Joel", "Kim", "Lena", "Omar")
PASSWORD = "only for the pictures"
DAYS_BEFORE, HOURS_OPEN, STILL_WAITING = 4, 6, 5
LAST_ONES = 120  # minutes after closing, on days before today
PHONE, DESKTOP, TELEVISION = (360, 640), (1280, 900), (1280, 720)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pictures-"))
    shop = Installation(folder, FakeCarrier(), free_port())
    for name in NO_CARRIER:
        shop.environ.pop(name, None)
    shop.command("migrate")
    create_app(Settings.from_environment(shop.environ))
    queue, token = Week().played()
    shop.command("stats", "rebuild")
    try:
        shop.start("web"), shop.start("clock")
        shop.wait_until_ready()
        assert comes_true(lambda: _has_waits(queue)), "the clock learned no waits"
        with sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            photograph(browser, shop.url, token)
            browser.close()
    finally:
        shop.stop()
        shutil.rmtree(folder)


def photograph(browser: Browser, url: str, token: str) -> None:
    picture(opened(browser, PHONE, f"{url}/t/{token}"), "waiting")
    picture(opened(browser, TELEVISION, f"{url}/q/CET236/board", scale=1), "board")
    counter = opened(browser, PHONE, f"{url}/login")
    counter.get_by_label("Email").fill("rosa@example.com")
    counter.get_by_label("Password", exact=True).fill(PASSWORD)
    counter.get_by_role("button", name="Sign in").click()
    counter.wait_for_url("**/manage")
    counter.goto(f"{url}/control/CET236")
    picture(counter, "control")
    office = opened(browser, DESKTOP, f"{url}/login", scale=1.2)
    office.context.add_cookies(counter.context.cookies())  # type: ignore[arg-type]
    today = datetime.now(UTC).date()
    # The week with most of the simulated days.
    day = today if today.weekday() >= DAYS_BEFORE // 2 else today - timedelta(days=DAYS_BEFORE // 2)
    week = f"statistics?span=week&on={day}"
    for path, name in ((week, "statistics"), ("texts/en/your_turn", "texts")):
        office.goto(f"{url}/manage/{path}")
        picture(office, name)
    customer = opened(browser, PHONE, f"{url}/t/{token}")
    for _ in range(2 * STILL_WAITING):
        if customer.get_by_role("heading", name="It's your turn").count():
            break
        next_press = counter.get_by_role("button", name="Call next", exact=True)
        done = counter.get_by_role("button", name="Done", exact=True)
        with counter.expect_response(lambda answer: answer.request.method == "POST"):
            (done if done.count() else next_press).click()
        customer.reload()
    expect(customer.get_by_role("heading", name="It's your turn")).to_be_visible()
    picture(customer, "turn")


def opened(browser: Browser, size: tuple[int, int], address: str, scale: float = 1.5) -> Page:
    width, height = size
    page = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, reduced_motion="reduce"
    ).new_page()
    page.goto(address)
    return page


def picture(page: Page, name: str) -> None:
    expect(page.locator("h1").first).to_be_visible()
    page.screenshot(path=PICTURES / f"{name}.png")


def _has_waits(queue: Queue) -> bool:
    with reading() as session:
        return bool(waits_of(session, session.get_one(Queue, queue.id)).curve)


class Week:
    """Two barbers, some past days of customers, and today up to now."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.now = datetime.now(UTC).replace(second=0, microsecond=0)
        zone = min(ZONES, key=lambda name: abs(self.now.astimezone(ZoneInfo(name)).hour - 15))
        business = make_business(name="Barber Lopes", timezone=zone, created_at=self.now - timedelta(days=30))
        self.queue = make_queue(business, created_at=self.now - timedelta(days=30))
        hashed = hash_password(PASSWORD)
        rosa = make_servicer(
            business, "Rosa", email="rosa@example.com", role=Role.MANAGER, password_hash=hashed
        )
        luis = make_servicer(business, "Luis", email="luis@example.com")
        self.chairs = {rosa: make_desk(self.queue, "Chair 1"), luis: make_desk(self.queue, "Chair 2")}
        self.phones = iter(range(1, 10_000))

    def played(self) -> tuple[Queue, str]:
        """The queue, and the token of a waiting ticket."""
        for day in range(DAYS_BEFORE, 0, -1):
            self.play(self.now - timedelta(days=day), still_waiting=0)
        return self.queue, self.play(self.now, still_waiting=STILL_WAITING)

    def play(self, end: datetime, still_waiting: int) -> str:
        waiting: list[str] = []
        serving: dict[Any, tuple[int, datetime, datetime] | None] = dict.fromkeys(self.chairs)
        began = end - timedelta(hours=HOURS_OPEN)
        for minute in range(HOURS_OPEN * 60 + (0 if still_waiting else LAST_ONES)):
            now = began + timedelta(minutes=minute)
            left = HOURS_OPEN * 60 - minute
            if self.chance.random() < 0.12 and left > 0 and len(waiting) < 8:
                waiting.append(self.join(now))
            for servicer, what in serving.items():
                if what is None and len(waiting) > (still_waiting if left < 15 else 0):
                    waiting.pop(0)
                    came, done = (
                        now + timedelta(minutes=1),
                        now + timedelta(minutes=self.chance.randint(8, 20)),
                    )
                    serving[servicer] = (self.call(servicer, now), came, done)
                elif what and now == what[1]:
                    self.turn(servicer, what[0], calling.start, now)
                elif what and now >= what[2] and not (still_waiting and left < 5):
                    self.turn(servicer, what[0], ending.finish, now)
                    serving[servicer] = None
        while still_waiting and len(waiting) < still_waiting:
            waiting.append(self.join(end))
        return waiting[-2] if waiting else ""

    def join(self, now: datetime) -> str:
        index = next(self.phones)
        party = self.chance.choice((1, 1, 1, 1, 2))
        name = self.chance.choice(NAMES)
        return join(self.queue, f"+1555020{index:04d}", now, name=name, party=party).token

    def call(self, servicer: Any, now: datetime) -> int:
        def verb(session: Session, queue: Queue, by: By) -> int:
            me = session.merge(servicer, load=False)
            duty = duty_of(session, queue.id, servicer.id)
            assert duty is not None
            duty.desk_id = self.chairs[servicer].id
            ticket = calling.call_next(session, queue, me, by=by, now=now, desk_id=self.chairs[servicer].id)
            assert ticket is not None
            return ticket.id

        return press(self.queue, servicer, verb, now)

    def turn(self, servicer: Any, ticket_id: int, move: Callable[..., None], now: datetime) -> None:
        def verb(session: Session, _queue: Queue, by: By) -> None:
            ticket = Ticket.lock(session, ticket_id)
            assert ticket is not None
            move(session, ticket, by=by, now=now)

        press(self.queue, servicer, verb, now)


if __name__ == "__main__":
    main()

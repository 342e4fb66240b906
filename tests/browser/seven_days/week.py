"""What happens in a shop in seven days, and whether its boards and its kiosk are right at every look."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import requests
from playwright.sync_api import Browser, Error, Page
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending
from models.queueing.line.queries import in_line_count, present_tickets
from models.queueing.tables.boards import add_board, set_messages, set_queues
from models.queueing.tables.kiosks import add_kiosk
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from tests.acceptance.installation import SECONDS_TO_START, Installation, comes_true
from tests.browser.screens import TABLET
from tests.browser.seven_days.walls import Facts, Memory, Wall, facts, memory, shown
from tests.browser.shop_screens.test_board_speaks import VOICE
from tests.world import call_next, change, join, make_business, make_desk, make_queue, make_servicer
from web.customer.queue_page import last_calls

FIRST_MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)  # of the browsers
WALL = {"width": 1280, "height": 720}
LANGUAGES = "en es"
SECONDS_TO_SHOW = 60  # real ones: a busy machine is no fault of the board
SPEAKING = 6_000  # milliseconds of the browsers' clock: a chime and two sentences
SOUND_ON = "localStorage.setItem('board sound', 'true')"


class Week:
    def __init__(self, shop: Installation, browser: Browser, seed: int) -> None:
        self.shop, self.chance, self.looks, self.faults = shop, random.Random(seed), 0, list[str]()
        self.business: Business = make_business(timezone="Europe/Lisbon")
        names = (("CUTS", "Haircuts", "A"), ("BEARDS", "Beards", "B"), ("COLOR", "Colour", ""))
        self.queues = [self._queue(*each) for each in names]
        self.people: list[Servicer] = [make_servicer(self.business, name) for name in ("Rosa", "Luis", "Eva")]
        self.desks = [make_desk(queue, f"Chair {at}") for at, queue in enumerate(self.queues, start=1)]
        self.phones = iter(range(100_000))
        for queue in self.queues * 3:
            self.join(queue)
        self.start_server()
        self.walls = [
            self._wall(browser, "one queue's board", "/q/CUTS/board", self.queues[:1]),
            self._wall(browser, "board of three", f"/b/{self._board()}", self.queues),
        ]
        self.kiosk = self._kiosk(browser)
        self.evening: dict[str, Memory] = {}

    # The days -------------------------------------------------------------------------------------------

    def day(self, customers: int) -> None:
        for at in range(customers):
            if at == customers // 3:
                self.restart()
            if at == 2 * customers // 3:
                self.lose_the_network()
            self.one_customer()
        self.close_up()

    def one_customer(self) -> None:
        """Somebody joins, half an hour passes, somebody is called, perhaps again, and is served."""
        at = self.chance.randrange(len(self.queues))
        queue, person, desk = self.queues[at], self.people[at], self.desks[at]
        if at == 0 and self.chance.random() < 0.5:
            self.at_the_kiosk()
        else:
            self.join(queue)
        self.pass_time(minutes=self.chance.randrange(5, 20))
        self.look("somebody joined")
        number = call_next(queue, person, datetime.now(UTC), desk)
        if number is None:
            return
        self.look("somebody was called", said=(queue, number, desk.name))
        if self.chance.random() < 0.3:
            by, now = By.servicer(person.id), datetime.now(UTC)
            self._on(queue, number, lambda session, found: calling.call_again(session, found, by=by, now=now))
            self.look("somebody was called again", said=(queue, number, desk.name))
        by, now = By.servicer(person.id), datetime.now(UTC)
        self._on(queue, number, lambda session, found: ending.finish(session, found, by=by, now=now))
        self.look("somebody was served")

    def join(self, queue: Queue) -> None:
        join(queue, f"+1555{next(self.phones):07d}", datetime.now(UTC))

    def at_the_kiosk(self) -> None:
        page = self.kiosk
        page.get_by_role("button", name="Take a number", exact=True).click(timeout=60_000)
        page.locator("h1.kiosk-number").wait_for(timeout=60_000)
        with reading() as session:
            newest = f"A{session.get_one(Queue, self.queues[0].id).last_number}"
        shown = page.locator("h1.kiosk-number .figures").inner_text()
        self.check(shown == newest, f"kiosk: shows {shown}, not {newest}")
        page.clock.run_for(12_000)
        self.check(
            comes_true(lambda: page.get_by_role("button", name="Take a number", exact=True).count(), 60)
            and newest not in page.inner_text("main"),
            f"kiosk: did not forget {newest}",
        )

    def start_server(self) -> None:
        self.shop.start("web")
        assert comes_true(self._answers, SECONDS_TO_START), self.shop.logs()

    def _answers(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.shop.url}/healthz", timeout=10).status_code == 200
        return False

    def restart(self) -> None:
        self.shop.stop()
        self.pass_time(minutes=3)
        for wall in self.walls:
            self.check(
                comes_true(lambda w=wall: shown(w)["lost"], 60), f"{wall.name}: hides that the server is gone"
            )
        self.start_server()
        self.pass_time(minutes=1)
        self.look("the server was restarted")

    def lose_the_network(self) -> None:
        for page in self.pages():
            page.context.set_offline(True)
        self.pass_time(minutes=30)
        for wall in self.walls:
            self.check(
                comes_true(lambda w=wall: shown(w)["lost"], 60),
                f"{wall.name}: hides that the network is gone",
            )
        for page in self.pages():
            page.context.set_offline(False)
        self.pass_time(minutes=1)
        self.look("the network was back")

    def close_up(self) -> None:
        """The evening, and the night until nine: boards reload by themselves between three and five."""
        self.evening = {wall.name: memory(wall.page) for wall in self.walls} | {"kiosk": memory(self.kiosk)}
        before = [wall.loads for wall in self.walls]
        now = self.walls[0].page.evaluate("new Date().getTime()") / 1000
        here = datetime.fromtimestamp(now, UTC)
        three = (here + timedelta(hours=21)).replace(hour=2, minute=58, second=0)
        three = three if three > here else three + timedelta(days=1)
        self.pass_time(minutes=(three - here).total_seconds() / 60)
        for _ in range(125):
            for wall in self.walls:
                with suppress(Error):  # the page that reloads takes its answer with it
                    wall.page.clock.fast_forward(60_000)  # so no minute is left out
        for wall, loads in zip(self.walls, before, strict=True):
            self.check(
                comes_true(lambda w=wall, n=loads: shown(w) and w.loads > n, 30),
                f"{wall.name}: no reload at night",
            )
        self.pass_time(minutes=4 * 60 - 3)
        self.look("the night was over")

    # Looking --------------------------------------------------------------------------------------------

    def look(self, why: str, said: tuple[Queue, int, str] | None = None) -> None:
        for wall in self.walls:
            self.looks += 1
            meant = self.truth(wall)
            if not comes_true(lambda w=wall, m=meant: facts(w) == m, SECONDS_TO_SHOW):
                self.fault(f"{wall.name}, {why}: shows {facts(wall)}, not {meant}")
            if said is not None and any(queue.id == said[0].id for queue in wall.queues):
                self.check_said(wall, *said)

    def check_said(self, wall: Wall, queue: Queue, number: int, desk: str) -> None:
        label = f"{queue.prefix}{number}"
        named = "" if queue.prefix or len(wall.queues) == 1 else f"{queue.name}: "
        meant = [["en", f"{named}Number {label}, {desk}"], ["es", f"{named}Número {label}, {desk}"]]
        for _ in range(20):
            wall.page.clock.run_for(SPEAKING)
            if len(wall.page.evaluate("said")) >= len(meant):
                break
            wall.page.wait_for_timeout(100)
        heard = wall.page.evaluate("said.splice(0)")
        self.check(heard == meant, f"{wall.name}: said {heard}, not {meant}")
        caption = shown(wall)["caption"]
        self.check(caption == meant[0][1], f"{wall.name}: caption {caption}, not {meant[0][1]}")

    def truth(self, wall: Wall) -> Facts:
        """Who was called where and by which call, in any order, and how many wait in each queue."""
        calls, waiting = [], []
        with reading() as session:
            for queue in wall.queues:
                here = session.get_one(Queue, queue.id)
                present = present_tickets(session, here)
                newest = last_calls(session, [ticket.id for ticket in present])
                for ticket in present:
                    desk = ticket.desk.name if ticket.desk else ""
                    calls.append((f"{queue.prefix}{ticket.number}", desk, newest[ticket.id]))
                waiting.append(in_line_count(session, here))
        return sorted(calls), waiting

    def check(self, is_right: object, words: str) -> None:
        if not is_right:
            self.fault(words)

    def fault(self, words: str) -> None:
        self.faults.append(words)
        print("WRONG:", words, flush=True)

    # Helpers --------------------------------------------------------------------------------------------

    def pass_time(self, minutes: float) -> None:
        """On every screen, as after a sleep: each timer that was due fires once."""
        for page in self.pages():
            page.clock.fast_forward(int(minutes * 60_000))

    def pages(self) -> Iterator[Page]:
        yield from (wall.page for wall in self.walls)
        yield self.kiosk

    def _queue(self, keyword: str, name: str, prefix: str) -> Queue:
        return make_queue(self.business, keyword, name=name, prefix=prefix, spoken_languages=LANGUAGES)

    def _board(self) -> str:
        def work(session: Session) -> str:
            board = add_board(session, self.business.id, "Waiting room", now=datetime.now(UTC))
            board.spoken_languages = LANGUAGES
            set_queues(session, board, list(zip(self.queues, ("yellow", "blue", "green"), strict=True)))
            set_messages(session, board, {"en": ["Mind the step."], "es": ["Cuidado con el escalón."]})
            return board.token

        return transaction(work)

    def _wall(self, browser: Browser, name: str, path: str, queues: list[Queue]) -> Wall:
        page = browser.new_context(viewport=WALL).new_page()  # type: ignore[arg-type]
        page.add_init_script(f"({VOICE})(['en', 'es']); {SOUND_ON}")
        page.clock.install(time=FIRST_MORNING)
        page.goto(self.shop.url + path)
        page.locator("h1").click()  # sound needs a touch once
        return Wall(name, page, queues, loads=1)

    def _kiosk(self, browser: Browser) -> Page:
        now = datetime.now(UTC)
        code = transaction(
            lambda session: add_kiosk(session, session.get_one(Queue, self.queues[0].id), "At the door", now)
        )
        page = browser.new_context(viewport=TABLET).new_page()  # type: ignore[arg-type]
        page.clock.install(time=FIRST_MORNING)
        page.goto(f"{self.shop.url}/q/CUTS/kiosk")
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Pair this tablet").click()
        page.get_by_role("button", name="Take a number", exact=True).wait_for()
        return page

    def _on(self, queue: Queue, number: int, verb: Callable[[Session, Ticket], object]) -> None:
        change(number, queue, verb)

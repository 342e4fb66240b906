"""Those at the counter: the desk that gives numbers, and servicers who call, wait, hold and serve."""

import copy
import queue
import random
import re
import threading
import time

import requests

from tests.acceptance.installation import Browser, Installation, password
from tests.proof.people import Guest
from tests.web.visitor import Element, Page

CONTROL = "/control/CET236"
# If a guest's turn text has not arrived after so long, it was lost: much longer than on a busy machine.
LOST_AFTER_SECONDS = 150.0
# Whoever no text can reach hears their number called aloud.
HEARS_AFTER_SECONDS = 4.0
# So long a servicer waits for somebody who is about to say that they don't come.
WAITS_SECONDS = 40.0
PUTS_BACK, UNDOES, HOLDS, DOES_NOT_WAIT = 0.05, 0.04, 0.15, 0.08
IS_ANSWERED, BRINGS_IN = 0.8, 0.5
TAKES_BACK = 0.2  # the answer just sent
# So often a servicer presses again who does not know whether an answer was sent.
PRESSED_AGAIN = 50


class Desk(threading.Thread):
    """Gives numbers to guests at the desk, with their name and phone; retries while the web is down."""

    def __init__(self, shop: Installation, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.faults: list[str] = []
        self._browser = Browser(shop)
        self._come: queue.Queue[tuple[Guest, threading.Event] | None] = queue.Queue()

    def take(self, guest: Guest) -> None:
        """Returns when the guest has a number, or was given up."""
        done = threading.Event()
        self._come.put((guest, done))
        done.wait()

    def run(self) -> None:
        while (one := self._come.get()) is not None:
            guest, done = one
            deadline = time.monotonic() + 2 * LOST_AFTER_SECONDS
            while not self._has_given_number(guest):
                if time.monotonic() > deadline:
                    self.faults.append(f"guest {guest.index} got no number at the desk")
                    break
                time.sleep(0.1)
            done.set()

    def stop(self) -> None:
        self._come.put(None)
        self.join(LOST_AFTER_SECONDS)

    def _has_given_number(self, guest: Guest) -> bool:
        try:
            page = open_control(self._browser, self.name)
            if "Add walk-in" in page.buttons:
                page = self._browser.press("Add walk-in", name=f"Guest{guest.index}", phone=guest.phone)
            if "That phone already has number" in page.text:  # the answer to a press was lost on its way
                return True
            return any("has number" in notice for notice in page.notices)
        except (requests.RequestException, IndexError):  # the web is down, or says so
            return False


def open_control(browser: Browser, name: str) -> Page:
    """The control page; signs in first if needed."""
    page = browser.open(CONTROL)
    if page.path.startswith("/login"):
        page = browser.press("Sign in", email=email(name), password=password(name))
    return page


def email(name: str) -> str:
    return f"{name.lower()}@example.com".replace(" ", "-")


class Servicing(threading.Thread):
    """Calls, waits until the called guest has come, and continues; may put back, hold, undo, or not wait."""

    def __init__(self, shop: Installation, name: str, guests: list[Guest], chance: random.Random) -> None:
        super().__init__(name=name, daemon=True)
        self.faults: list[str] = []
        self._browser = Browser(shop)
        self._guests, self._chance = guests, chance
        self._answers = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                self._go_on()
            except requests.RequestException:
                self._over.wait(0.2)  # the web is down: it will be back
            except Exception as fault:
                self.faults.append(f"{self.name}: {fault!r}")
                return

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _go_on(self) -> None:
        page = open_control(self._browser, self.name)
        if page.status != 200:
            self._over.wait(0.2)
        elif self._is_asked() and self._chance.random() < IS_ANSWERED:
            self._answer()
        elif "Done" in page.buttons:
            self._attend_to(self._whoever_is_here())
        elif "Bring in" in page.buttons and self._chance.random() < BRINGS_IN:
            self._bring_in()
        elif "Call next" in page.buttons and not page.status_line.startswith("0 "):
            self._browser.press("Call next")
        else:
            self._over.wait(0.2)

    def _is_asked(self) -> bool:
        """Whether whoever was called has said something that nobody has answered."""
        (present,) = self._browser.page.root.all("section", **{"aria-labelledby": "now-title"}) or [None]
        return present is not None and bool(present.all("span", **{"class": "said"}))

    def _answer(self) -> None:
        """One answer, on the number's page; pressed again as long as nobody knows whether it was sent."""
        (link,) = self._browser.page.root.all("a", **{"class": "ticket-reply"})
        page = self._browser.open(link.attributes["href"].partition("#")[0])
        if page.status != 200 or "Reply" not in page.buttons:
            return  # no texts reach them
        self._answers += 1
        for _ in range(PRESSED_AGAIN):
            try:
                words = f"{self.name} answers, {self._answers}."
                if self._browser.press("Reply", page, note=words).status < 500:
                    return self._after_answer()
            except requests.RequestException:
                self._over.wait(0.2)

    def _after_answer(self) -> None:
        if self._chance.random() < TAKES_BACK:
            page = open_control(self._browser, self.name)
            if "Answered" in page.text and "Undo" in page.buttons:
                self._browser.press("Undo", page)

    def _whoever_is_here(self) -> Guest:
        (ticket,) = self._browser.page.root.all("section", **{"aria-labelledby": "now-title"})
        return self._guest_in(ticket)

    def _is_here(self, guest: Guest) -> bool:
        return "Done" in self._browser.page.buttons and self._whoever_is_here() is guest

    def _guest_in(self, element: Element) -> Guest:
        found = re.search(r"Guest(\d+)", element.text)
        assert found, element.text
        return self._guests[int(found[1])]

    def _attend_to(self, guest: Guest) -> None:
        dice = self._chance.random()
        seen_to = guest.times_called  # before: they may be called again at once
        if guest.gives_up and not guest.has_answered_call.is_set():
            self._wait_for_answer(guest)
            self._browser.open(CONTROL)
        elif dice < PUTS_BACK:
            self._browser.press("Put back")
        elif dice < PUTS_BACK + UNDOES and "Undo" in self._browser.page.buttons:
            self._browser.press("Undo")
            return
        elif dice < PUTS_BACK + UNDOES + HOLDS:
            self._hold()
        elif dice < PUTS_BACK + UNDOES + HOLDS + DOES_NOT_WAIT or self._has_come(guest):
            self._browser.press("Done")
            return
        if self._browser.page.status == 200 and not self._is_here(guest):
            guest.times_attended = max(guest.times_attended, seen_to)

    def _wait_for_answer(self, guest: Guest) -> None:
        """Then they are gone, or nobody read it: who is still called is served."""
        deadline = time.monotonic() + WAITS_SECONDS
        while time.monotonic() < deadline and not self._over.is_set():
            if guest.has_answered_call.wait(0.5):
                return
        guest.has_answered_call.set()

    def _hold(self) -> None:
        """Coming is where Hold is after it."""
        page = self._browser.page
        if "Coming" in page.buttons:
            page = self._browser.press("Coming")
        if "Hold" in page.buttons:
            self._browser.press("Hold")

    def _bring_in(self) -> None:
        """The first who is on hold comes next, by this one press."""
        row = held_rows(self._browser.page)[0]
        guest, form = self._guest_in(row), copy.copy(self._browser.page)
        form.root = row
        page = self._browser.press("Bring in", form)
        if page.status == 200 and any(self._guest_in(other) is guest for other in held_rows(page)):
            self.faults.append(
                f"guest {guest.index} was on hold, and not called by one press: {page.notices}"
            )

    def _has_come(self, guest: Guest) -> bool:
        """Whether the guest was told by text, or aloud; False if they are not called any more."""
        began, deadline = time.monotonic(), time.monotonic() + LOST_AFTER_SECONDS
        while time.monotonic() < deadline and not self._over.is_set():
            for _ in range(20):
                if guest.has_stopped or guest.times_called > guest.times_attended:
                    return True
                if guest.window_is_over and time.monotonic() > began + HEARS_AFTER_SECONDS:
                    return True
                if self._over.wait(0.05):
                    return False
            before = self._browser.page.now_serving
            if self._browser.open(CONTROL).status != 200 or self._browser.page.now_serving != before:
                return False
        if not self._over.is_set():
            self.faults.append(f"guest {guest.index} was called and not told within {LOST_AFTER_SECONDS:g} s")
        return True


def held_rows(page: Page) -> list[Element]:
    rows = page.root.all("li")
    return [row for row in rows if "line-row-hold" in row.attributes.get("class", "").split()]

"""Guests who text and come when their phone says so, and servicers who call them; each in a thread."""

import queue
import random
import re
import threading
import time
from datetime import UTC, datetime

import requests

from models.people.addresses import Channel, spelled
from tests.acceptance.installation import Browser, Installation, password
from tests.fake_carrier import FakeCarrier
from tests.web.visitor import Page
from tests.world import phone

TURN = "It's your turn"
CONTROL = "/control/CET236"
# If a guest's turn text has not arrived after so long, it was lost.
LOST_AFTER_SECONDS = 60.0
# Whoever no text can reach hears their number called aloud.
HEARS_AFTER_SECONDS = 4.0
COMES_TO_THE_DESK = 0.12
WINDOW_IS_OVER = 0.3  # of those who write by WhatsApp: nothing but answers reaches them there
LEAVES, STOPS, ASKS, TEXTS_AGAIN = 0.06, 0.05, 0.1, 0.4
PUTS_BACK, UNDOES, DOES_NOT_WAIT = 0.05, 0.04, 0.08
TALKS, IS_ANSWERED = 0.4, 0.8
# So often a servicer presses again who does not know whether an answer was sent.
PRESSED_AGAIN = 50


class Guest(threading.Thread):
    """Joins some time, then may leave, opt out, or ask for the status; texts again if unanswered.

    Some take their number at the desk instead, and give their phone there.
    """

    def __init__(
        self,
        index: int,
        carrier: FakeCarrier,
        chance: random.Random,
        *,
        seconds_to_join: float,
        desk: "Desk",
        channel: Channel = Channel.SMS,
        may_fall_back: bool = False,
    ) -> None:
        super().__init__(name=f"guest {index}", daemon=True)
        self.index, self.phone = index, phone(index)
        self.comes_to_the_desk = chance.random() < COMES_TO_THE_DESK
        # Whoever gives a phone at the desk gets SMS, as nobody can be written to first by other channels.
        self.channel = Channel.SMS if self.comes_to_the_desk else channel
        self.address = spelled(self.channel, self.phone)
        self.window_is_over = self.channel == Channel.WHATSAPP and chance.random() < WINDOW_IS_OVER
        self.may_fall_back = may_fall_back  # to SMS: their queue allows it
        self.has_stopped = False
        self.stop_answered_at: datetime | None = None
        """From then on we knew."""
        self.times_attended = 0
        """How many of the calls on the screen have been handled."""
        self._carrier, self._chance, self._desk = carrier, chance, desk
        self._joins_after = chance.uniform(0, seconds_to_join)

    def run(self) -> None:
        if self.window_is_over:
            self._carrier.window_over.add(self.address)
        time.sleep(self._joins_after)
        if self.comes_to_the_desk:
            self._desk.take(self)
        else:
            joining = f"CET236 Guest{self.index}"
            if not self._text(joining) and self._chance.random() < TEXTS_AGAIN:
                time.sleep(self._chance.uniform(0.5, 2))
                self._text(joining)
        if self._chance.random() < TALKS:
            for words in talk_of(self.index):
                self._later(words)
        if (dice := self._chance.random()) < LEAVES:
            self._later("LEAVE")
        elif dice < LEAVES + STOPS:
            self.has_stopped = True
            if self._later("STOP"):
                self.stop_answered_at = datetime.now(UTC)
        elif dice < LEAVES + STOPS + ASKS:
            self._later("STATUS")

    @property
    def screen(self) -> list[str]:
        by_sms = self._carrier.texts_to(self.phone) if self.window_is_over else []
        return [*self._carrier.texts_to(self.address), *by_sms]

    @property
    def times_called(self) -> int:
        """By text, as the phone shows."""
        return sum(text.startswith(TURN) for text in self.screen)

    def _later(self, body: str) -> bool:
        time.sleep(self._chance.uniform(0, 1.5))
        return self._text(body)

    def _text(self, body: str) -> bool:
        """Whether it was answered."""
        reply = self._carrier.customer_texts(self.address, self._carrier.number_on(self.channel), body)
        return bool(reply.texts) or reply.status == 200


def talk_of(index: int) -> tuple[str, ...]:
    """What a guest who talks says in their own words."""
    return f"which door do I take? Guest{index} asks", f"and the red one for Guest{index}?"


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
    """Calls, waits until the called guest has come, and continues; may put back, undo, or not wait."""

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
                    return
            except requests.RequestException:
                self._over.wait(0.2)

    def _whoever_is_here(self) -> Guest:
        (ticket,) = self._browser.page.root.all("section", **{"aria-labelledby": "now-title"})
        found = re.search(r"Guest(\d+)", ticket.text)
        assert found, ticket.text
        return self._guests[int(found[1])]

    def _attend_to(self, guest: Guest) -> None:
        dice = self._chance.random()
        if dice < PUTS_BACK:
            seen_to = guest.times_called  # before: they may be called again at once
            self._browser.press("Put back")
            guest.times_attended = max(guest.times_attended, seen_to)
        elif dice < PUTS_BACK + UNDOES and "Undo" in self._browser.page.buttons:
            self._browser.press("Undo")
        elif dice < PUTS_BACK + UNDOES + DOES_NOT_WAIT or self._has_come(guest):
            self._browser.press("Done")

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

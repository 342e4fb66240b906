"""Guests who text, come when their phone says so, and answer it when they are called; each in a thread."""

import random
import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from bot.answers.giving_up import NO, READ_AFTER, YES
from models.people.addresses import Channel, spelled
from tests.fake_carrier import FakeCarrier
from tests.world import phone

TURN = "It's your turn"
COMING, NOT_COMING = str(YES), str(NO)
COMES_TO_THE_DESK = 0.12
WINDOW_IS_OVER = 0.3  # of those who write by WhatsApp: nothing but answers reaches them there
LEAVES, STOPS, ASKS, TEXTS_AGAIN = 0.06, 0.05, 0.1, 0.4
TALKS = 0.4
IS_COMING, GIVES_UP, RETURNS = 0.3, 0.1, 0.6
SECONDS_TO_READ = READ_AFTER.total_seconds() + 1


class TakesNumbers(Protocol):
    """The desk."""

    def take(self, guest: "Guest") -> None: ...


class Guest(threading.Thread):
    """Joins some time, then may leave, opt out, or ask for the status; texts again if unanswered.

    Some take their number at the desk instead, and give their phone there. Once called, some say that they
    are coming, and some give up their place, and want it back.
    """

    def __init__(
        self,
        index: int,
        carrier: FakeCarrier,
        chance: random.Random,
        *,
        seconds_to_join: float,
        desk: TakesNumbers,
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
        self._stays = True
        self.has_joined = threading.Event()
        """And has said all that they say unasked."""
        self.gives_up = False
        """What they do when they are called: servicers wait for that."""
        self.has_answered_call = threading.Event()
        self.times_attended = 0
        """How many of the calls on the screen have been handled."""
        self._carrier, self._chance, self._desk = carrier, chance, desk
        self._over = threading.Event()
        self._joins_after = chance.uniform(0, seconds_to_join)

    def run(self) -> None:
        self._come_and_talk()
        self.has_joined.set()
        if self._stays:
            self._answer_call()

    def _come_and_talk(self) -> None:
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
            self._stays = False
            self._later("LEAVE")
        elif dice < LEAVES + STOPS:
            self._stays, self.has_stopped = False, True
            if self._later("STOP"):
                self.stop_answered_at = datetime.now(UTC)
        elif dice < LEAVES + STOPS + ASKS:
            self._later("STATUS")

    def stop(self) -> None:
        """They wait for no call any more; what they are about to say is said when this returns."""
        self._over.set()
        self.join()

    @property
    def screen(self) -> list[str]:
        by_sms = self._carrier.texts_to(self.phone) if self.window_is_over else []
        return [*self._carrier.texts_to(self.address), *by_sms]

    @property
    def times_called(self) -> int:
        """By text, as the phone shows."""
        return sum(text.startswith(TURN) for text in self.screen)

    def _answer_call(self) -> None:
        dice = self._chance.random()
        self.gives_up = dice < GIVES_UP
        if dice >= GIVES_UP + IS_COMING or not self._is_called():
            return
        if self.gives_up and self._over.wait(SECONDS_TO_READ):
            return
        self._text(NOT_COMING if self.gives_up else COMING)
        if self.gives_up and self._chance.random() < RETURNS:
            self._later(COMING)
        self.has_answered_call.set()

    def _is_called(self) -> bool:
        while not self._over.wait(0.3):
            if self.times_called:
                return True
        return False

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

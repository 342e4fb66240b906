"""A carrier with scripted outcomes, and a day whose time the test moves."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from jobs.outbox.carrier import Accepted, CarrierFailed, CarrierMessage, Outcome, TextToSend, Unknown
from jobs.outbox.send_texts import TextSender
from models.people.addresses import Channel
from models.storage.database import reading
from models.texts.outbox import OutboundMessage
from tests.world import NOON, SHOP_PHONE

PUBLIC_URL = "https://queue.example.org"


class ScriptedCarrier:
    """Answers each text with the next outcome of the script, and accepts once it is used up.

    An outcome may be a function of the text: it is called in the sending thread, may wait, and may raise.
    """

    def __init__(self, *script: Outcome | Callable[[TextToSend], Outcome]) -> None:
        self.got: list[TextToSend] = []
        self.listed: list[CarrierMessage] = []
        """What its lists hold, besides nothing."""
        self.list_fails = False
        self.lists_asked = 0
        self.sids_asked: list[str] = []
        self._script = list(script)
        self._lock = threading.Lock()

    def send(self, message: TextToSend) -> Outcome:
        with self._lock:
            self.got.append(message)
            step = self._script.pop(0) if self._script else Accepted(f"SM{len(self.got)}{message.reference}")
        return step(message) if callable(step) else step

    @property
    def bodies(self) -> list[str]:
        return [text.body for text in self.got]

    def messages_to(
        self, phone: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        return self._list(lambda one: one.to == phone and one.direction != "inbound", since)

    def message(self, carrier_sid: str) -> CarrierMessage | Unknown:
        with self._lock:
            self.sids_asked.append(carrier_sid)
            known = [one for one in self.listed if one.carrier_sid == carrier_sid]
        return known[-1] if known and not self.list_fails else Unknown("no answer in time")

    def messages_from_customers(
        self, our_number: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        return self._list(lambda one: one.to == our_number and one.direction == "inbound", since)

    def _list(self, wanted: Callable[[CarrierMessage], bool], since: datetime) -> list[CarrierMessage]:
        with self._lock:
            self.lists_asked += 1
            if self.list_fails:
                raise CarrierFailed("no answer in time")
            found = [one for one in self.listed if wanted(one) and one.created_at >= since]
        return sorted(found, key=lambda one: one.created_at, reverse=True)

    def has(self, to: str, body: str, at: datetime, sid: str = "SM1", **more: Any) -> CarrierMessage:
        """The carrier knows of this text."""
        usual: dict[str, Any] = {
            "direction": "outbound-api",
            "sender": SHOP_PHONE,
            "status": "delivered",
            "error_code": None,
            "sent_at": at,
        }
        one = CarrierMessage(carrier_sid=sid, to=to, body=body, created_at=at, **(usual | more))
        self.listed.append(one)
        return one

    def check(self, our_numbers: Sequence[str] = ()) -> list[str]:
        return []

    def connect_webhook(self, our_number: str, url: str) -> None:
        raise NotImplementedError


class Day:
    """A time that changes only when the test moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def sender_with(carrier: ScriptedCarrier, day: Day, **options: Any) -> TextSender:
    options = {"texts_per_second": 1000.0} | options
    return TextSender(carrier, public_url=PUBLIC_URL, now=day, **options)


def send_all(sender: TextSender, day: Day, rounds: int = 1, *, apart: float = 1) -> None:
    """Look for texts so many times, so many seconds apart, and wait until the calls have ended."""
    for _ in range(rounds):
        sender.send_due()
        assert sender.wait_until_idle(10)
        day.pass_(apart)


def texts() -> list[OutboundMessage]:
    with reading() as session:
        return list(session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)))


def soon(condition: Callable[[], object], seconds: float = 30.0) -> bool:
    """Whether a condition becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True

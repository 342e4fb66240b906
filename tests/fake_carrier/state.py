"""The fake carrier's state: our numbers, the texts, who opted out, and the requests it has had."""

import threading
import time
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.exceptions import ConnectionError as NoConnection
from twilio.request_validator import RequestValidator

from tests.fake_carrier.channels import channel_of, phone_of
from tests.fake_carrier.faults import Faults
from tests.fake_carrier.messages import Call, Message, OurNumber
from tests.fake_carrier.timetable import Timetable

CONNECT_SECONDS, ANSWER_SECONDS = 5, 15


class CarrierState:
    def __init__(
        self,
        *,
        public_url: str = "",
        app_url: str | None = None,
        numbers: Sequence[str] = ("+15550100000",),
        account_sid: str = "AC" + "f" * 32,
        auth_token: str = "the token of the fake carrier",
        service_sid: str = "MG" + "f" * 32,
        report_seconds: float = 0.02,
    ) -> None:
        """A text's reports are `report_seconds` apart. `numbers` on other channels have the prefix."""
        self.public_url = public_url.rstrip("/")
        self.app_url = (app_url or public_url).rstrip("/")
        self.account_sid, self.auth_token, self.service_sid = account_sid, auth_token, service_sid
        self.account_status = "active"
        self.service_keeps_incoming = False
        self.api_keys: dict[str, str] = {}
        self.numbers = {
            phone: OurNumber(f"PN{i:032x}", phone, f"{self.public_url}/webhooks/sms" if public_url else "")
            for i, phone in enumerate(numbers)
        }
        self.faults = Faults()
        self.unreachable: dict[str, int] = {}
        self.window_over: set[str] = set()
        """Addresses on WhatsApp whose 24 hours are over."""
        self.refused: dict[str, int] = {}
        self.alerts: list[str] = []
        self.calls: list[Call] = []
        self._messages: dict[str, Message] = {}
        self._opted_out: set[tuple[str, str]] = set()
        self._lock = threading.RLock()
        self._report_seconds = report_seconds
        self._timetable = Timetable()

    @property
    def number(self) -> str:
        """The first of our numbers."""
        return next(iter(self.numbers))

    def number_on(self, channel: str) -> str:
        """The first of our numbers on this channel, as the carrier spells it."""
        return next(number for number in self.numbers if channel_of(number) == channel)

    def texts_to(self, phone: str) -> list[str]:
        """The texts on this phone's screen, the oldest first, with the carrier's own answers to STOP."""
        return [one.body for one in self.messages(to=phone) if one.on_screen]

    def messages(self, *, to: str | None = None, sender: str | None = None) -> list[Message]:
        """Every text the carrier knows, in the order of creation."""
        with self._lock:
            return [
                one
                for one in self._messages.values()
                if to in (None, one.to) and sender in (None, one.sender)
            ]

    def message(self, sid: str) -> Message | None:
        with self._lock:
            return self._messages.get(sid)

    def has_opted_out(self, to: str, sender: str) -> bool:
        with self._lock:
            return (phone_of(to), sender) in self._opted_out

    def post_signed(self, url: str, params: dict[str, str], *, tries: int = 1) -> requests.Response | None:
        """Post as Twilio does: signed over the public address, sent to where the app listens."""
        parts = urlsplit(url)
        public = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
        headers = {
            "X-Twilio-Signature": RequestValidator(self.auth_token).compute_signature(public, params),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        }
        reached = self.app_url + public.removeprefix(self.public_url) if self.public_url else public
        for _ in range(tries):
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    return session.post(
                        reached if public.startswith(self.public_url) else public,
                        data=params,
                        headers=headers,
                        timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                        allow_redirects=False,
                    )
            except NoConnection:
                continue
            except requests.RequestException:
                return None
        return None

    def note_call(self, asked: dict[str, str], fault: str | None) -> None:
        with self._lock:
            self.calls.append(Call(time.monotonic(), asked.get("To", ""), asked.get("Body", ""), fault))

    def _add(self, message: Message) -> Message:
        with self._lock:
            self._messages[message.sid] = message
            return message

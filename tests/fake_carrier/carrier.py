"""The fake carrier's state: our numbers, the texts, who opted out, and the reports still to be made."""

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urljoin, urlsplit, urlunsplit
from xml.etree import ElementTree

import requests
from requests.exceptions import ConnectionError as NoConnection
from twilio.request_validator import RequestValidator

from tests.fake_carrier.api import Api
from tests.fake_carrier.faults import Fate, Faults, ReportFault
from tests.fake_carrier.refusal import Refusal
from tests.fake_carrier.timetable import Plan, Timetable

STOP_WORDS = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
START_WORDS = frozenset(["START", "YES", "UNSTOP"])
HELP_WORDS = frozenset(["HELP", "INFO"])
STOP_ANSWER = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number."
    " Reply START to resubscribe."
)
START_ANSWER = "You have successfully been re-subscribed to messages from this number. Reply HELP for help."
HELP_ANSWER = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
CONNECT_SECONDS, ANSWER_SECONDS = 5, 15
LONGEST_BODY = 1600
MOST_REPLIES = 10


@dataclass
class Message:
    sid: str
    direction: str  # inbound, outbound-api, outbound-reply
    sender: str | None
    to: str
    body: str
    status: str
    created_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    service_sid: str | None = None
    status_callback: str | None = None
    validity_seconds: int | None = None
    on_screen: bool = False
    answered: bool = False
    reports: list[tuple[str, int | None]] = field(default_factory=list)
    """For each report: the status, and our HTTP answer, None if we could not be reached."""


@dataclass
class OurNumber:
    sid: str
    phone: str
    sms_url: str
    sms_method: str = "POST"
    sms_application_sid: str = ""


@dataclass(frozen=True)
class Call:
    """One request to create a text: when (seconds of the monotonic clock), what, and its fault."""

    at: float
    to: str
    body: str
    fault: str | None


@dataclass(frozen=True)
class Reply:
    """The answer to a customer's text: HTTP status (None: we could not be reached) and texts."""

    sid: str
    status: int | None
    texts: list[str]
    content: str = ""


class FakeCarrier:
    """See the package's first lines for how to use it. Everything public may be called from any thread."""

    def __init__(
        self,
        *,
        public_url: str = "",
        app_url: str | None = None,
        numbers: Sequence[str] = ("+15550100000",),
        account_sid: str = "AC" + "f" * 32,
        auth_token: str = "the token of the fake carrier",
        service_sid: str = "MG" + "f" * 32,
        host: str = "127.0.0.1",
        port: int = 0,
        base_path: str = "",
        report_seconds: float = 0.02,
    ) -> None:
        """`base_path` is put before every address of the API; a text's reports are `report_seconds` apart."""
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
        self.refused: dict[str, int] = {}
        self.alerts: list[str] = []
        self.calls: list[Call] = []
        self._messages: dict[str, Message] = {}
        self._opted_out: set[tuple[str, str]] = set()
        self._lock = threading.RLock()
        self._report_seconds = report_seconds
        self._timetable = Timetable()
        self._api = Api(self, host=host, port=port, base_path=base_path)

    @property
    def url(self) -> str:
        """For TWILIO_API_URL."""
        return self._api.url

    @property
    def number(self) -> str:
        """The first of our numbers."""
        return next(iter(self.numbers))

    def start(self) -> Self:
        self._timetable.start()
        self._api.open()
        return self

    def stop(self) -> None:
        self._api.close()
        self._timetable.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def down(self) -> None:
        """Refuse every connection to the API until `up`. Webhooks and reports go on."""
        self._api.begin_outage("down")

    def up(self) -> None:
        self._api.end_outage("down")

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

    def settle(self, timeout: float = 5.0) -> None:
        """Wait until every delivery report that was due has been made; TimeoutError after `timeout`."""
        self._timetable.wait_until_empty(timeout)

    def customer_texts(
        self,
        from_: str,
        to: str,
        body: str,
        sid: str | None = None,
        *,
        media: int = 0,
        reaches_us: bool = True,
        more: Mapping[str, str] | None = None,
    ) -> Reply:
        """A customer sends a text; the reply is on the phone when this returns.

        The same `sid` again is the carrier's own repetition: one text, and only the first answer counts.
        With `reaches_us=False` the webhook is never called. `more` adds or replaces parameters.
        """
        message, is_new = self._record(from_, to, body, sid)
        if is_new:
            self._obey_words(message)
        if not reaches_us:
            return Reply(message.sid, None, [])
        our_number = self.numbers.get(to)
        address = (
            our_number.sms_url if our_number and our_number.sms_url else f"{self.public_url}/webhooks/sms"
        )
        answer = self.post_signed(address, self._incoming_params(message, media) | dict(more or {}), tries=2)
        if answer is None:
            self.alerts.append(f"11205 {message.sid}: no connection")
            return Reply(message.sid, None, [])
        return Reply(
            message.sid, answer.status_code, self._carry_replies(message, address, answer), answer.text
        )

    def create(self, asked: dict[str, str]) -> Message:
        """A text we send. Raises Refusal as Twilio would."""
        sender, service, to = asked.get("From"), asked.get("MessagingServiceSid"), asked.get("To", "")
        body = asked.get("Body", "")
        if not to:
            raise Refusal(21604, "A 'To' phone number is required.")
        if not to.startswith("+") or not to[1:].isdigit() or not 7 <= len(to[1:]) <= 15:
            raise Refusal(21211, f"Invalid 'To' Phone Number: {to}")
        if not sender and not service:
            raise Refusal(21603, "A 'From' phone number is required.")
        if sender and sender not in self.numbers:
            raise Refusal(
                21659, f"'From' {sender} is not a Twilio phone number or Short Code country mismatch"
            )
        if service and service != self.service_sid:
            raise Refusal(21701, "The Messaging Service resource does not exist")
        if not body:
            raise Refusal(21602, "Message body is required.")
        if len(body) > LONGEST_BODY:
            raise Refusal(21617, "The concatenated message body exceeds the 1600 character limit.")
        callback = asked.get("StatusCallback")
        if callback and (
            "_" in urlsplit(callback).netloc or not urlsplit(callback).scheme.startswith("http")
        ):
            raise Refusal(21609, "The StatusCallback URL is not a valid URL.")
        validity = asked.get("ValidityPeriod")
        if validity is not None and (not validity.isdigit() or not 1 <= int(validity) <= 36_000):
            raise Refusal(20001, f"ValidityPeriod {validity} is out of range")
        if to in self.refused:
            raise Refusal(self.refused[to], "This phone can't be texted")
        if self.has_opted_out(to, sender or service or ""):
            raise Refusal(21610, "Attempt to send to unsubscribed recipient")
        message = self._add(
            Message(
                sid=f"SM{uuid.uuid4().hex}",
                direction="outbound-api",
                sender=sender,
                to=to,
                body=body,
                status="accepted" if service else "queued",
                created_at=_now(),
                service_sid=service,
                status_callback=callback,
                validity_seconds=int(validity) if validity else None,
            )
        )
        self._set_off(message)
        return message

    def has_opted_out(self, phone: str, sender: str) -> bool:
        with self._lock:
            return (phone, sender) in self._opted_out

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

    def _record(self, from_: str, to: str, body: str, sid: str | None) -> tuple[Message, bool]:
        with self._lock:
            if sid in self._messages:
                return self._messages[sid], False
            now = _now()
            return self._add(
                Message(
                    sid or f"SM{uuid.uuid4().hex}", "inbound", from_, to, body, "received", now, sent_at=now
                )
            ), True

    def _obey_words(self, message: Message) -> None:
        assert message.sender is not None
        word = message.body.strip().upper()
        senders = {message.to, self.service_sid}
        with self._lock:
            if word in STOP_WORDS:
                self._answer_itself(message, STOP_ANSWER)
                self._opted_out |= {(message.sender, sender) for sender in senders}
            elif word in START_WORDS and (message.sender, message.to) in self._opted_out:
                self._opted_out -= {(message.sender, sender) for sender in senders}
                self._answer_itself(message, START_ANSWER)
            elif word in HELP_WORDS:
                self._answer_itself(message, HELP_ANSWER)

    def _answer_itself(self, message: Message, body: str) -> None:
        assert message.sender is not None
        if not self.has_opted_out(message.sender, message.to):
            self._add_reply(message, body).on_screen = True

    def _incoming_params(self, message: Message, media: int) -> dict[str, str]:
        params = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "From": message.sender or "",
            "FromCity": "",
            "FromCountry": "PT",
            "FromState": "",
            "FromZip": "",
            "MessageSid": message.sid,
            "NumMedia": str(media),
            "NumSegments": "1",
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to,
            "ToCity": "",
            "ToCountry": "US",
            "ToState": "",
            "ToZip": "",
        }
        for i in range(media):
            params[f"MediaUrl{i}"] = f"https://media.example/{message.sid}/{i}"
            params[f"MediaContentType{i}"] = "image/jpeg"
        return params

    def _carry_replies(self, message: Message, address: str, answer: requests.Response) -> list[str]:
        with self._lock:
            if message.answered:
                return []
            message.answered = answer.status_code == 200
        if answer.status_code >= 300:
            self.alerts.append(f"11200 {message.sid}: HTTP {answer.status_code}")
            return []
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if kind == "text/plain":
            return self._carry_reply(message, answer.text, None)
        if kind not in ("text/xml", "application/xml", "text/html"):
            self.alerts.append(f"12300 {message.sid}: content type {kind!r}")
            return []
        try:
            twiml = ElementTree.fromstring(answer.content)
        except ElementTree.ParseError as error:
            self.alerts.append(f"12100 {message.sid}: {error}")
            return []
        texts = []
        for i, element in enumerate(twiml.iter("Message")):
            if i >= MOST_REPLIES:
                self.alerts.append(f"14109 {message.sid}: more than {MOST_REPLIES} replies")
                break
            body = element.findtext("Body") or (element.text or "").strip()
            action = element.get("action") or element.get("statusCallback")
            texts += self._carry_reply(message, body, urljoin(address, action) if action else None)
        return texts

    def _carry_reply(self, message: Message, body: str, callback: str | None) -> list[str]:
        if not body or len(body) > LONGEST_BODY:
            self.alerts.append(f"14103 {message.sid}: a reply of {len(body)} characters")
            return []
        reply = self._add_reply(message, body, callback)
        self._set_off(reply)
        return [body] if reply.on_screen else []

    def _add_reply(self, message: Message, body: str, callback: str | None = None) -> Message:
        assert message.sender is not None
        return self._add(
            Message(
                sid=f"SM{uuid.uuid4().hex}",
                direction="outbound-reply",
                sender=message.to,
                to=message.sender,
                body=body,
                status="queued",
                created_at=_now(),
                status_callback=callback,
            )
        )

    def _add(self, message: Message) -> Message:
        with self._lock:
            self._messages[message.sid] = message
            return message

    def _set_off(self, message: Message) -> None:
        """Deliver a text to its phone, and make its reports one after the other."""
        if self.has_opted_out(message.to, message.sender or message.service_sid or ""):
            fate: Fate | None = Fate(21610, "failed")
        elif message.to in self.unreachable:
            fate = Fate(self.unreachable[message.to])
        else:
            fate = self.faults.of_text()
        message.on_screen = fate is None or fate.arrives
        fault = self.faults.of_reports()
        last = fate.status if fate else "delivered"
        steps: Plan = []
        wait = self._report_seconds
        if last != "failed":
            steps.append((wait, lambda: self._move(message, "sent")))
        steps.append((wait, lambda: self._move(message, last, fate.code if fate else None)))
        statuses = [last] if last == "failed" else ["sent", last]
        reports = [(wait, lambda status=status: self._report(message, status)) for status in statuses]
        match fault.kind if fault else None:
            case ReportFault.LOST:
                plan = steps
            case ReportFault.LATE:
                assert fault is not None
                plan = [*steps, (fault.seconds, lambda: None), *reports]
            case ReportFault.DOUBLED:
                plan = [*steps, *(report for report in reports for _ in range(2))]
            case ReportFault.REORDERED:
                plan = [*steps, *reversed(reports)]
            case ReportFault.EARLY:
                for _, action in (*steps, *reports):
                    action()
                plan = []
            case _:
                plan = [one for pair in zip(steps, reports, strict=True) for one in pair]
        self._timetable.add(plan)

    def _move(self, message: Message, status: str, code: int | None = None) -> None:
        with self._lock:
            message.status, message.error_code = status, code
            message.sent_at = message.sent_at or _now()
            if message.sender is None:  # a Messaging Service has chosen one by now
                message.sender = self.number

    def _report(self, message: Message, status: str) -> None:
        if not message.status_callback:
            return
        params = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": message.sender or "",
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
        }
        if message.service_sid:
            params["MessagingServiceSid"] = message.service_sid
        if status in ("failed", "undelivered"):
            params["ErrorCode"] = str(message.error_code)
        answer = self.post_signed(message.status_callback, params)
        with self._lock:
            message.reports.append((status, answer.status_code if answer is not None else None))


def _now() -> datetime:
    return datetime.now(UTC)

"""The fake carrier's HTTP API: reads requests, calls the carrier, answers as Twilio does or with a fault."""

import base64
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.fake_carrier.faults import CallFault, Fault
from tests.fake_carrier.refusal import Refusal

if TYPE_CHECKING:
    from tests.fake_carrier.carrier import FakeCarrier, Message, OurNumber

BEFORE = (CallFault.REFUSE, CallFault.BUSY, CallFault.ERROR_BEFORE, CallFault.CUT_BEFORE, CallFault.REJECT)
NOT_FOUND = Refusal(20404, "The requested resource was not found", 404)
AUTHENTICATE = Refusal(20003, "Authenticate", 401)
BIND_TRIES = 50
Json = dict[str, Any]


class Api:
    """Listens, always on the same port, while it is open and may accept connections."""

    def __init__(self, carrier: "FakeCarrier", *, host: str, port: int, base_path: str) -> None:
        self._carrier, self._host = carrier, host
        self._port, self._base_path = port, base_path.rstrip("/")
        self._server: ThreadingHTTPServer | None = None
        self._is_open = False
        self._outages: set[object] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}{self._base_path}"

    def open(self) -> None:
        self._change(lambda: setattr(self, "_is_open", True))

    def close(self) -> None:
        self._change(lambda: setattr(self, "_is_open", False))

    def begin_outage(self, outage: object) -> None:
        self._change(lambda: self._outages.add(outage))

    def end_outage(self, outage: object) -> None:
        self._change(lambda: self._outages.discard(outage))

    def refuse_for(self, seconds: float) -> None:
        def refuse() -> None:
            outage = object()
            self.begin_outage(outage)
            time.sleep(seconds)
            self.end_outage(outage)

        threading.Thread(target=refuse, name="fake carrier refusing", daemon=True).start()

    def _change(self, change: Callable[[], Any]) -> None:
        with self._lock:
            change()
            wanted = self._is_open and not self._outages
            if wanted and self._server is None:
                self._listen()
            elif not wanted and self._server is not None:
                # Ends listening at once; connections must be refused, not accepted and dropped.
                self._server.socket.shutdown(socket.SHUT_RDWR)
                self._server.shutdown()
                self._server.server_close()
                self._server = None

    def _listen(self) -> None:
        particulars = {"carrier": self._carrier, "api": self, "base_path": self._base_path}
        handler = type("Handler", (_Handler,), particulars)
        for attempt in range(BIND_TRIES):
            try:
                self._server = _Server((self._host, self._port), handler)
                break
            except OSError:  # some outgoing connection has borrowed the port meanwhile
                if attempt == BIND_TRIES - 1:
                    raise
                time.sleep(0.1)
        assert self._server is not None
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fake carrier api", daemon=True
        ).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignored: faults make clients disconnect."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    carrier: "FakeCarrier"
    api: Api
    base_path: str

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self.form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            action, found = self._route(parts.path)
            self._answer_with(action, found)
        except Refusal as refusal:
            self._refuse(refusal)

    def _route(self, path: str) -> tuple[Callable[..., Any], dict[str, str]]:
        if not path.startswith(f"{self.base_path}/"):
            raise NOT_FOUND
        for method, pattern, action in ROUTES:
            match = re.fullmatch(pattern, path.removeprefix(self.base_path))
            if match and method == self.command:
                return action, match.groupdict()
        raise NOT_FOUND

    def _answer_with(self, action: Callable[..., Any], found: dict[str, str]) -> None:
        if action in CONTROLS:
            self._answer(200, action(self, **found))
            return
        self._check_user(found.get("account"), of_account=action is _Handler.fetch_account)
        creates = action is _Handler.create_message
        fault = self.carrier.faults.of_call() if creates else self.carrier.faults.of_list()
        if creates:
            self.carrier.note_call(self.form, fault.kind if fault else None)
        if fault and fault.kind in BEFORE:
            self._fail_before(fault)
            return
        if fault and fault.kind is CallFault.SLOW_BEFORE:
            time.sleep(fault.seconds)
        content = action(self, **{name: text for name, text in found.items() if name != "account"})
        status = 201 if creates else 200
        if fault and fault.kind is not CallFault.SLOW_BEFORE:
            self._fail_after(fault, status, content)
        else:
            self._answer(status, content)

    def _check_user(self, account: str | None, *, of_account: bool) -> None:
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except ValueError:
            raise AUTHENTICATE from None
        by_token = (user, password) == (self.carrier.account_sid, self.carrier.auth_token)
        by_key = user in self.carrier.api_keys and self.carrier.api_keys[user] == password
        if kind != "Basic" or not (by_token or (by_key and not of_account)):
            raise AUTHENTICATE
        if account not in (None, self.carrier.account_sid):
            raise NOT_FOUND

    def create_message(self) -> Json:
        return _message(self.carrier, self.carrier.create(self.form))

    def list_messages(self) -> Json:
        wanted = [one for one in self.carrier.messages() if self._is_wanted(one)]
        # Most recent first; where Twilio puts those without a date is not documented.
        wanted.reverse()
        wanted.sort(key=lambda one: one.sent_at.timestamp() if one.sent_at else 0.0, reverse=True)
        size = min(max(int(self.query.get("PageSize", 50)), 1), 1000)
        sids = [one.sid for one in wanted]
        token = self.query.get("PageToken", "").removeprefix("PA")
        begin = sids.index(token) + 1 if token in sids else 0
        page = wanted[begin : begin + size]
        rest = {name: text for name, text in self.query.items() if name not in ("PageToken", "Page")}
        number = int(self.query.get("Page", 0))
        onward = urlencode(
            rest | {"PageSize": size, "Page": number + 1, "PageToken": f"PA{page[-1].sid}"} if page else {}
        )
        path = f"/2010-04-01/Accounts/{self.carrier.account_sid}/Messages.json"
        return {
            "messages": [_message(self.carrier, one) for one in page],
            "page": number,
            "page_size": size,
            "next_page_uri": f"{path}?{onward}" if begin + size < len(wanted) else None,
            "uri": f"{path}?{urlencode(self.query)}",
        }

    def _is_wanted(self, one: "Message") -> bool:
        if self.query.get("To", one.to) != one.to or self.query.get("From", one.sender) != one.sender:
            return False
        day = one.sent_at.date().isoformat() if one.sent_at else ""
        # Only whole days are documented, so a time of day is cut off here.
        tests = {"DateSent": day.__eq__, "DateSent>": day.__ge__, "DateSent<": day.__le__}
        asked = [(name, self.query[name][:10]) for name in tests if name in self.query]
        return all(day and tests[name](limit) for name, limit in asked)

    def fetch_message(self, sid: str) -> Json:
        found = self.carrier.message(sid)
        if found is None:
            raise NOT_FOUND
        return _message(self.carrier, found)

    def fetch_account(self) -> Json:
        return {
            "sid": self.carrier.account_sid,
            "friendly_name": "Fake carrier",
            "status": self.carrier.account_status,
            "type": "Full",
            "date_created": "Sun, 22 Nov 2026 00:00:00 +0000",
        }

    def list_numbers(self) -> Json:
        part = self.query.get("PhoneNumber", "")
        found = [_number(self.carrier, one) for one in self.carrier.numbers.values() if part in one.phone]
        return {"incoming_phone_numbers": found, "page": 0, "page_size": 50, "next_page_uri": None}

    def update_number(self, sid: str) -> Json:
        for one in self.carrier.numbers.values():
            if one.sid == sid:
                one.sms_url = self.form.get("SmsUrl", one.sms_url)
                one.sms_method = self.form.get("SmsMethod", one.sms_method)
                one.sms_application_sid = self.form.get("SmsApplicationSid", one.sms_application_sid)
                return _number(self.carrier, one)
        raise NOT_FOUND

    def fetch_service(self, sid: str) -> Json:
        if sid != self.carrier.service_sid:
            raise NOT_FOUND
        return {
            "sid": sid,
            "account_sid": self.carrier.account_sid,
            "use_inbound_webhook_on_number": not self.carrier.service_keeps_incoming,
        }

    def update_service(self, sid: str) -> Json:
        passes_on = self.form.get("UseInboundWebhookOnNumber", "").lower()
        if passes_on:
            self.carrier.service_keeps_incoming = passes_on != "true"
        return self.fetch_service(sid)

    def control_customer_texts(self) -> Json:
        more = {
            name: text for name, text in self.form.items() if name not in ("From", "To", "Body", "MessageSid")
        }
        to = self.form.get("To") or self.carrier.number
        reply = self.carrier.customer_texts(
            self.form.get("From", ""), to, self.form.get("Body", ""), self.form.get("MessageSid"), more=more
        )
        return {"sid": reply.sid, "status": reply.status, "texts": reply.texts}

    def control_texts(self) -> Json:
        return {"texts": self.carrier.texts_to(self.query.get("phone", ""))}

    def control_faults(self) -> Json:
        faults = self.carrier.faults
        if "calls" in self.form:
            faults.next_calls(*(CallFault(name) for name in self.form["calls"].split(",")))
        if "rate" in self.form:
            faults.misbehave(seed=int(self.form.get("seed", 1)), rate=float(self.form["rate"]))
        return {"counts": dict(faults.counts)}

    def _fail_before(self, fault: Fault) -> None:
        match fault.kind:
            case CallFault.BUSY:
                self._refuse(
                    Refusal(20429, "Too Many Requests", 429), **{"Retry-After": f"{fault.seconds:g}"}
                )
            case CallFault.ERROR_BEFORE:
                self._refuse(Refusal(20500, "An internal server error has occurred", 500))
            case CallFault.REJECT:
                self._refuse(Refusal(fault.code, "Refused by the script"))
            case CallFault.REFUSE:
                self.api.refuse_for(fault.seconds)
                self._cut()
            case _:
                self._cut()

    def _fail_after(self, fault: Fault, status: int, content: Json) -> None:
        match fault.kind:
            case CallFault.ERROR_AFTER:
                self._refuse(Refusal(20500, "An internal server error has occurred", 500))
            case CallFault.SLOW_AFTER:
                time.sleep(fault.seconds)
                self._answer(status, content)
            case CallFault.GARBAGE:
                self._write(status, b"<html><body>Bad gateway, but all is well", "text/html")
            case CallFault.TRICKLE:
                self._trickle(fault.seconds)
            case _:
                self._cut()

    def _trickle(self, seconds: float) -> None:
        self.send_response(201)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.wfile.write(b" ")
            time.sleep(0.05)
        self._cut()

    def _refuse(self, refusal: Refusal, **headers: str) -> None:
        content = {
            "code": refusal.code,
            "message": refusal.message,
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
            "status": refusal.status,
        }
        self._answer(refusal.status, content, **headers)

    def _answer(self, status: int, content: Json, **headers: str) -> None:
        self._write(status, json.dumps(content).encode(), "application/json", **headers)

    def _write(self, status: int, content: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, text in ({"Content-Type": kind, "Content-Length": str(len(content))} | headers).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def _cut(self) -> None:
        """Reset the connection instead of closing it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


ACCOUNT = r"/2010-04-01/Accounts/(?P<account>[^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("POST", rf"{ACCOUNT}/Messages\.json", _Handler.create_message),
    ("GET", rf"{ACCOUNT}/Messages\.json", _Handler.list_messages),
    ("GET", rf"{ACCOUNT}/Messages/(?P<sid>[^/]+)\.json", _Handler.fetch_message),
    ("GET", rf"{ACCOUNT}\.json", _Handler.fetch_account),
    ("GET", rf"{ACCOUNT}/IncomingPhoneNumbers\.json", _Handler.list_numbers),
    ("POST", rf"{ACCOUNT}/IncomingPhoneNumbers/(?P<sid>[^/]+)\.json", _Handler.update_number),
    ("GET", r"/v1/Services/(?P<sid>[^/]+)", _Handler.fetch_service),
    ("POST", r"/v1/Services/(?P<sid>[^/]+)", _Handler.update_service),
    ("POST", r"/fake/customer-texts", _Handler.control_customer_texts),
    ("GET", r"/fake/texts", _Handler.control_texts),
    ("POST", r"/fake/faults", _Handler.control_faults),
]
CONTROLS = (_Handler.control_customer_texts, _Handler.control_texts, _Handler.control_faults)


def _message(carrier: "FakeCarrier", one: "Message") -> Json:
    return {
        "sid": one.sid,
        "account_sid": carrier.account_sid,
        "api_version": "2010-04-01",
        "body": one.body,
        "date_created": _rfc2822(one.created_at),
        "date_sent": _rfc2822(one.sent_at),
        "date_updated": _rfc2822(one.sent_at or one.created_at),
        "direction": one.direction,
        "error_code": one.error_code,
        "error_message": None,
        "from": one.sender,
        "messaging_service_sid": one.service_sid,
        "num_media": "0",
        "num_segments": "0" if one.service_sid and not one.sent_at else "1",
        "price": None,
        "price_unit": "USD",
        "status": one.status,
        "subresource_uris": {},
        "to": one.to,
        "uri": f"/2010-04-01/Accounts/{carrier.account_sid}/Messages/{one.sid}.json",
    }


def _number(carrier: "FakeCarrier", one: "OurNumber") -> Json:
    return {
        "sid": one.sid,
        "account_sid": carrier.account_sid,
        "phone_number": one.phone,
        "capabilities": {"voice": False, "sms": True, "mms": True},
        "sms_url": one.sms_url,
        "sms_method": one.sms_method,
        "sms_application_sid": one.sms_application_sid,
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None

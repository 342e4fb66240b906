"""Requests to the fake carrier over HTTP: who asks, for what, and the ways in which it goes wrong."""

import base64
import json
import re
import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fake_carrier.faults import CallFault, Fault
from tests.fake_carrier.incoming import Incoming
from tests.fake_carrier.operations import CONTROLS, NOT_FOUND, ROUTES, Operation
from tests.fake_carrier.refusal import Refusal
from tests.fake_carrier.resources import Json

BEFORE = (CallFault.REFUSE, CallFault.BUSY, CallFault.ERROR_BEFORE, CallFault.CUT_BEFORE, CallFault.REJECT)
AUTHENTICATE = Refusal(20003, "Authenticate", 401)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    carrier: Incoming
    refuse_for: Callable[[float], None]
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
            self._answer(200, action(self._operation(), **found))
            return
        self._check_user(found.get("account"), of_account=action is Operation.fetch_account)
        creates = action is Operation.create_message
        fault = self.carrier.faults.of_call() if creates else self.carrier.faults.of_list()
        if creates:
            self.carrier.note_call(self.form, fault.kind if fault else None)
        if fault and fault.kind in BEFORE:
            self._fail_before(fault)
            return
        if fault and fault.kind is CallFault.SLOW_BEFORE:
            time.sleep(fault.seconds)
        content = action(
            self._operation(), **{name: text for name, text in found.items() if name != "account"}
        )
        status = 201 if creates else 200
        if fault and fault.kind is not CallFault.SLOW_BEFORE:
            self._fail_after(fault, status, content)
        else:
            self._answer(status, content)

    def _operation(self) -> Operation:
        return Operation(self.carrier, self.form, self.query)

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
                self.refuse_for(fault.seconds)
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

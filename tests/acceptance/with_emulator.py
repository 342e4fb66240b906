"""The product beside an emulator of the carrier that others wrote: python -m tests.acceptance.with_emulator

Not part of the suite, as it needs Node 24 and the npm package emulate 0.12.2, which knows SMS only:

    npm install --ignore-scripts emulate@0.12.2
    node node_modules/emulate/dist/index.js start --service twilio --port 4013

It signs the fragment of a webhook's address, which the carrier does not: here the address has none.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.acceptance.installation import Browser, Installation, comes_true, free_port
from tests.world import phone

ANA, BEN = phone(0), phone(1)
SECONDS = 10


@dataclass
class Emulator:
    """What an installation needs to know of its carrier, and what the emulator can be told."""

    url: str
    account_sid: str = "AC00000000000000000000000000000000"
    auth_token: str = "twilio_test_auth_token"
    number: str = "+15551234567"

    def ask(self, method: str, path: str, **form: str) -> Any:
        auth, address = (self.account_sid, self.auth_token), self.url + path
        answer = requests.request(method, address, data=form, auth=auth, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def of_account(self, method: str, path: str, **form: str) -> Any:
        return self.ask(method, f"/2010-04-01/Accounts/{self.account_sid}/{path}", **form)

    def lead_to(self, webhook: str) -> None:
        [ours] = self.of_account("GET", "IncomingPhoneNumbers.json")["incoming_phone_numbers"]
        self.of_account("POST", f"IncomingPhoneNumbers/{ours['sid']}.json", SmsUrl=webhook)

    def customer_texts(self, sender: str, body: str) -> None:
        self.ask("POST", "/_twilio/simulate/inbound-message", From=sender, To=self.number, Body=body)

    def sent_to(self, to: str) -> list[dict[str, str]]:
        """Since the emulator was started: what an earlier run sent is left out by its caller."""
        listed = self.of_account("GET", "Messages.json?PageSize=200")["messages"]
        return [one for one in listed if one["to"] == to and one["direction"] == "outbound-api"]

    def report(self, sid: str, status: str) -> None:
        self.ask("POST", "/_twilio/simulate/message-status", MessageSid=sid, Status=status)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.acceptance.with_emulator")
    options.add_argument("--emulator", default="http://127.0.0.1:4013", help="where it listens")
    emulator = Emulator(options.parse_args().emulator.rstrip("/"))
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        shop = Installation(Path(folder), emulator, port, PUBLIC_URL=here)  # type: ignore[arg-type]
        shop.set_up("Rosa")
        with shop.running():
            emulator.lead_to(f"{here}/webhooks/sms")
            play(shop, emulator)
    print("Joins, turn texts and reports went through the emulator.")


def play(shop: Installation, emulator: Emulator) -> None:
    before = {one["sid"] for one in emulator.sent_to(ANA)}

    def turns() -> list[str]:
        new = [one for one in emulator.sent_to(ANA) if one["sid"] not in before]
        return [one["sid"] for one in new if one["body"].startswith("It's your turn, number 1")]

    emulator.customer_texts(ANA, "CET236 Ana")
    emulator.customer_texts(BEN, "CET236 Ben")
    emulator.customer_texts(BEN, "LEAVE")
    rosa = Browser(shop).sign_in("Rosa")
    assert comes_true(lambda: "1 waiting" in rosa.open("/control/CET236").status_line, SECONDS), shop.logs()
    assert "Ana" in rosa.page.text
    rosa.press("Call next")
    assert comes_true(lambda: len(turns()) == 1, SECONDS), shop.logs()
    for status in ("sent", "delivered"):
        emulator.report(turns()[0], status)
    assert comes_true(lambda: "text delivered" in rosa.open("/control/CET236").text, SECONDS), shop.logs()
    rosa.press("Done")
    emulator.customer_texts(ANA, "AGAIN")
    assert comes_true(lambda: "1 waiting" in rosa.open("/control/CET236").status_line, SECONDS), shop.logs()
    assert len(turns()) == 1, "once"


if __name__ == "__main__":
    main()

"""Joins, turn texts and reports from end to end. How to run it stands at the head of the package."""

import argparse
import tempfile
from pathlib import Path

from tests.acceptance.installation import Browser, Installation, free_port
from tests.emulated_carrier.emulator import Emulator, until

SMS_CUSTOMERS = ("+12125550101", "+12125550102")
WHATSAPP_CUSTOMER = "whatsapp:+12125550103"
OURS_ON_WHATSAPP = "whatsapp:+15551234567"
TURN = "It's your turn, number "


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.emulated_carrier", description=__doc__)
    options.add_argument("--packages", type=Path, required=True, help="the node_modules that hold `emulate`")
    options.add_argument("--node", type=Path, help="Node 24, if it is not among the packages")
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="emulated-"))
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    with Emulator(chosen.packages, chosen.node, folder / "emulator.log") as emulator:
        # Its numbers are none that anybody has, and no country's: whose phones may join is said.
        ours = {"PUBLIC_URL": public_url, "ALLOWED_COUNTRIES": "US", "SETTLE_SECONDS": "3"}
        shop = Installation(folder, emulator, port, **ours)
        shop.set_up("Rosa")
        shop.command("number", "add", OURS_ON_WHATSAPP)
        for address in (emulator.number, OURS_ON_WHATSAPP):
            emulator.own(address, f"{public_url}/webhooks/sms")
        with shop.running():
            _serve_three(shop, emulator)
    print(f"All of it worked. The logs: {folder}")


def _serve_three(shop: Installation, emulator: Emulator) -> None:
    rosa = Browser(shop).sign_in("Rosa")
    emulator.customer_writes(SMS_CUSTOMERS[0], emulator.number, "CET236 Ana")
    emulator.customer_writes(SMS_CUSTOMERS[1], emulator.number, "cet236 José 2")
    emulator.customer_writes(WHATSAPP_CUSTOMER, OURS_ON_WHATSAPP, "CET236 Zoë 🦊")
    until(lambda: "3 waiting" in rosa.open("/control/CET236").status_line, "three joined, one by WhatsApp")
    until(lambda: "Zoë 🦊" in rosa.open("/control/CET236").text, "her emoji is on the counter's page")
    for number, customer in enumerate((*SMS_CUSTOMERS, WHATSAPP_CUSTOMER), start=1):
        rosa.press("Call next" if number == 1 else "Done")
        _is_told_once(emulator, number, customer)
        _is_shown(rosa, emulator, customer, "read" if customer.startswith("whatsapp:") else "delivered")
    emulator.customer_writes(SMS_CUSTOMERS[0], emulator.number, "AGAIN")
    until(lambda: "1 waiting" in rosa.open("/control/CET236").status_line, "AGAIN joined once more")
    emulator.customer_writes(SMS_CUSTOMERS[0], emulator.number, "LEAVE")
    until(lambda: "0 waiting" in rosa.open("/control/CET236").status_line, "LEAVE left")


def _is_told_once(emulator: Emulator, number: int, customer: str) -> None:
    def turns() -> list[str]:
        return [text["from"] for text in emulator.sent_to(customer) if text["body"].startswith(TURN)]

    until(turns, f"number {number} is told by {customer.partition(':')[0] if ':' in customer else 'sms'}")
    ours = OURS_ON_WHATSAPP if customer.startswith("whatsapp:") else emulator.number
    if turns() != [ours]:
        raise SystemExit(f"FAILED: number {number} was told {len(turns())} times, from {turns()}")
    other = customer.removeprefix("whatsapp:") if ":" in customer else f"whatsapp:{customer}"
    if emulator.sent_to(other):
        raise SystemExit(f"FAILED: something went to {other}, which is another channel")


def _is_shown(rosa: Browser, emulator: Emulator, customer: str, status: str) -> None:
    """What the network reports of the turn text is on the ticket's page."""
    turn = next(text for text in emulator.sent_to(customer) if text["body"].startswith(TURN))
    for reported in ("sent", "delivered", *(["read"] if status == "read" else [])):
        emulator.network_reports(turn["sid"], reported)
    until(lambda: f"text {status}" in rosa.open("/control/CET236").text, f"its report, {status}, is shown")


if __name__ == "__main__":
    main()

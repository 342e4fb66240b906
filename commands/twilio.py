"""`flask twilio connect`: points our numbers' webhooks at this installation, and may send a test text."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from commands.command_line.account_types import PhoneNumber
from commands.command_line.errors import PlainGroup, Refused
from config.settings import CarrierName, Settings
from jobs.outbox.carrier import CarrierFailed
from models.people.addresses import Channel
from models.people.business import OurNumber
from models.storage.database import reading

if TYPE_CHECKING:
    from jobs.outbox.twilio_carrier import TwilioCarrier

# An instruction to Twilio, in the fragment of the address: try twice more if we don't answer or fail.
TRY_AGAIN = "#rc=2&rp=ct,rt,5xx"
TEST_TEXT = "Take A Number can text this phone."

twilio = PlainGroup("twilio", help="Your Twilio account.")


@twilio.command("connect")
@click.option("--test-to", type=PhoneNumber(), help="Then text this phone as a test.")
@click.option(
    "--replace-application", is_flag=True, help="Take numbers away from a Twilio application that has them."
)
@with_appcontext
def connect(test_to: str | None, replace_application: bool) -> None:
    """Have Twilio deliver the texts to your numbers to PUBLIC_URL.

    Twilio tries again if it can't reach it. Prints where each number led before.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.carrier is not CarrierName.TWILIO:
        raise Refused("No carrier is configured: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN first.")
    if not (settings.https or settings.emulated):
        raise Refused(f"PUBLIC_URL {settings.public_url} must be an https address that Twilio can reach.")
    with reading() as session:
        in_use = select(OurNumber).where(OurNumber.retired_at.is_(None)).order_by(OurNumber.id)
        ours = [one.address for one in session.scalars(in_use)]
    numbers = [address.phone for address in ours if address.channel == Channel.SMS]
    senders = [str(address) for address in ours if address.channel != Channel.SMS]
    if not numbers:
        raise Refused("There is no number yet: see `flask setup --help`.")
    # Loaded here: only this and `flask doctor` need Twilio's client, which takes as long as all the rest.
    from jobs.outbox.twilio_carrier import TwilioCarrier  # noqa: PLC0415

    carrier = TwilioCarrier(settings)
    try:
        _connect_all(carrier, numbers, f"{settings.public_url}/webhooks/sms", replace_application)
    except CarrierFailed as failure:
        raise Refused(f"Twilio refused: {failure}.") from None
    for sender in senders:
        click.echo(f"{sender}: set its webhook to {settings.public_url}/webhooks/sms in Twilio's console.")
    problems = carrier.check(numbers)
    if problems:
        raise Refused(" ".join(problems))
    if test_to:
        _send_test(carrier, numbers[0], test_to)


def _connect_all(carrier: "TwilioCarrier", numbers: list[str], url: str, replace_application: bool) -> None:
    """Checks all numbers before it changes the first."""
    before = {number: carrier.webhook_of(number) for number in numbers}
    taken = [number for number, (_, application) in before.items() if application]
    if taken and not replace_application:
        raise Refused(
            f"{', '.join(taken)} belongs to a Twilio application, which would get the texts instead. "
            "Remove it in Twilio's console, or give --replace-application."
        )
    carrier.enable_number_webhooks()
    for number, (address, _) in before.items():
        carrier.connect_webhook(number, url + TRY_AGAIN)
        led = "as before" if address.partition("#")[0] == url else f"before: {address or 'nowhere'}"
        click.echo(f"{number} leads to {url} ({led}).")


def _send_test(carrier: "TwilioCarrier", sender: str, to: str) -> None:
    from jobs.outbox.carrier import Accepted, TextToSend  # noqa: PLC0415

    reference = f"test-{datetime.now(UTC):%Y%m%d%H%M%S}"
    outcome = carrier.send(TextToSend(to=to, sender=sender, body=TEST_TEXT, reference=reference))
    if not isinstance(outcome, Accepted):
        reason = getattr(outcome, "reason", "") or "no reason given"
        raise Refused(f"The numbers are connected, but Twilio refused the test text: {reason}.")
    click.echo(f"A test text is on its way ({outcome.carrier_sid}).")

"""`flask number add|list|remove`: the addresses that customers text, each on one channel."""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commands.command_line.account_types import OurAddress
from commands.command_line.errors import PlainCommand, PlainGroup, Refused
from commands.command_line.which_business import BUSINESS_NAME, the_business
from models.people.addresses import Address, Channel
from models.people.business import OurNumber
from models.people.our_numbers import add_number, our_number_ever_at, owner_of_phone, retire_number
from models.queueing.tables.ticket_states import LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction

number = PlainGroup("number", help="Numbers that customers text.")


@number.command("add", cls=PlainCommand)
@with_appcontext
@click.argument("address", type=OurAddress())
@click.option("--business", type=BUSINESS_NAME, help="Which business; needed if there are several.")
def add(address: Address, business: str | None) -> None:
    """Give a business the number ADDRESS, which your carrier account must own.

    ADDRESS is +12125550100 for SMS, whatsapp:+12125550100 for WhatsApp, or rcs:SENDER_ID for RCS. If the
    business has it already, nothing changes and it says so.
    """

    def work(session: Session) -> bool:
        owner = the_business(session, business, must_say=True)
        has_it = owner_of_phone(session, address)
        if has_it is not None and has_it.id != owner.id:
            what = address if our_number_ever_at(session, address) else address.phone
            raise Refused(f"{what} already belongs to another business. Nothing was changed.")
        return add_number(session, owner, address, datetime.now(UTC))

    if not transaction(work):
        click.echo(f"The business has {address} already: nothing to do.")
        return
    what = "webhook" if address.channel == Channel.SMS else "sender's webhook"
    click.echo(f"Customers can text {address} now. Set its {what} to PUBLIC_URL/webhooks/sms.")


@number.command("list", cls=PlainCommand)
@with_appcontext
def list_numbers() -> None:
    """List the numbers in use, each with its business."""
    with reading() as session:
        in_use = select(OurNumber).where(OurNumber.retired_at.is_(None)).order_by(OurNumber.id)
        for ours in session.scalars(in_use):
            click.echo(f"{ours.address}  {ours.business.name}")


@number.command("remove", cls=PlainCommand)
@with_appcontext
@click.argument("address", type=OurAddress())
def remove(address: Address) -> None:
    """Stop using the number ADDRESS.

    Texts to it are refused; its history stays. Not possible while anybody who joined by it is in line.
    `flask number add` gives it back.
    """

    def work(session: Session) -> None:
        there = OurNumber.at(session, address)
        if there is None:
            raise Refused(f"There is no number {address}. Nothing was changed.")
        live = select(func.count()).where(Ticket.our_number_id == there.id, among(Ticket.state, LIVE))
        if waiting := session.scalar(live) or 0:
            raise Refused(f"{waiting} in line joined by {address}: serve them first. Nothing was changed.")
        retire_number(there, datetime.now(UTC))

    transaction(work)
    click.echo(f"Texts to {address} are refused from now on. Point its webhook elsewhere.")

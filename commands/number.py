"""`flask number add|list|remove`: the addresses that customers text, each on one channel."""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commands.errors import PlainCommand, PlainGroup, Refused
from commands.parameter_types import OurAddress
from commands.which_business import BUSINESS_NAME, the_business
from models.people.addresses import Address, Channel
from models.people.business import OurNumber
from models.people.our_numbers import add_number, our_number_ever_at, retire_number
from models.queueing.tables.ticket_states import LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction

number = PlainGroup("number", help="The numbers that customers text.")


@number.command("add", cls=PlainCommand)
@with_appcontext
@click.argument("address", type=OurAddress())
@click.option("--business", type=BUSINESS_NAME, help="Whose it is; needed where there are several.")
def add(address: Address, business: str | None) -> None:
    """Give a business the number ADDRESS, which the carrier account must own.

    A phone number for SMS, such as +12125550100; the same with whatsapp: before it for WhatsApp; and
    rcs: with the sender's id for RCS. Repeated for the same business it changes nothing and says so.
    """

    def work(session: Session) -> bool:
        owner = the_business(session, business, must_say=True)
        there = our_number_ever_at(session, address)
        if there is not None and there.business_id != owner.id:
            raise Refused(f"{address} belongs to another business already. Nothing was changed.")
        return add_number(session, owner, address, datetime.now(UTC))

    if not transaction(work):
        click.echo(f"The number {address} is there already: nothing to do.")
        return
    what = "webhook" if address.channel == Channel.SMS else "sender's webhook"
    click.echo(f"Customers text {address} from now on; set its {what} to PUBLIC_URL/webhooks/sms.")


@number.command("list", cls=PlainCommand)
@with_appcontext
def list_numbers() -> None:
    """The numbers in use, one a line, each with its business."""
    with reading() as session:
        in_use = select(OurNumber).where(OurNumber.retired_at.is_(None)).order_by(OurNumber.id)
        for ours in session.scalars(in_use):
            click.echo(f"{ours.address}  {ours.business.name}")


@number.command("remove", cls=PlainCommand)
@with_appcontext
@click.argument("address", type=OurAddress())
def remove(address: Address) -> None:
    """Take the number ADDRESS away: texts to it are refused, its history stays.

    Refused while somebody waits who joined by it. Give it back with `flask number add`.
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
    click.echo(f"Texts to {address} are refused from now on; point its webhook elsewhere.")

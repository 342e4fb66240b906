"""`flask number add`: gives a business a number that customers text: its first, or another."""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from commands.errors import PlainCommand, PlainGroup, Refused
from commands.parameter_types import PhoneNumber
from commands.setup import BUSINESS_NAME, the_business
from models.people.business import OurNumber
from models.storage.database import transaction

number = PlainGroup("number", help="The numbers that customers text.")


@number.command("add", cls=PlainCommand)
@with_appcontext
@click.argument("phone", type=PhoneNumber())
@click.option("--business", type=BUSINESS_NAME, help="Whose it is; needed where there are several.")
def add_number(phone: str, business: str | None) -> None:
    """Give a business the number PHONE, which the carrier account must own.

    Repeated for the same business it changes nothing and says so.
    """

    def work(session: Session) -> bool:
        owner = the_business(session, business)
        there = OurNumber.by_phone(session, phone)
        if there is not None and there.business_id != owner.id:
            raise Refused(f"{phone} belongs to another business already. Nothing was changed.")
        if there is None:
            session.add(OurNumber(business_id=owner.id, phone=phone, created_at=datetime.now(UTC)))
        return there is None

    if transaction(work):
        click.echo(f"Customers text {phone} from now on; set its webhook to PUBLIC_URL/webhooks/sms.")
    else:
        click.echo(f"The number {phone} is there already: nothing to do.")

"""`flask setup` and `flask servicer add`: make a business and its people.

They never change anything: if the same exists already they say so; if it exists with other values they refuse
and say what differs. Changes are made on the manager's pages.
"""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from commands.command_line.account_types import Email, PhoneNumber, hashed, password_option
from commands.command_line.errors import PlainCommand, Refused, refuse_differences
from commands.command_line.groups import servicer
from commands.command_line.parameter_types import Name, Timezone
from commands.command_line.which_business import BUSINESS_NAME, businesses, the_business
from commands.migrate import migrate_if_empty
from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.people.our_numbers import our_number_ever_at
from models.people.servicers import Role, Servicer
from models.queueing.setup.staff import give_way, new_servicer
from models.storage.database import transaction
from security.passwords import is_password

PERSON_NAME = Name(60)


@click.command("setup", cls=PlainCommand)
@with_appcontext
@click.option("--business", required=True, type=BUSINESS_NAME, help="The name that customers read.")
@click.option("--timezone", required=True, type=Timezone(), help="Its time zone, such as Europe/Lisbon.")
@click.option("--number", required=True, type=PhoneNumber(), help="The number that customers text.")
@click.option("--email", required=True, type=Email(), help="The first manager's email, to sign in with.")
@click.option("--name", required=True, type=PERSON_NAME, help="The first manager's name.")
@password_option
def setup(business: str, timezone: str, number: str, email: str, name: str, password: str) -> None:
    """Make a business and its first manager.

    Also makes the database if there is none. If the same business exists already, nothing changes and it
    says so. If the business, number or e-mail exists with other values, nothing changes and it fails.
    """
    password_hash = hashed(password)
    migrate_if_empty()

    def work(session: Session) -> bool:
        # One of that name that somebody signed up has no number: it is another one.
        there = [one for one in businesses(session) if one.name == business and one.numbers]
        if there:
            manager = Servicer.by_email(session, email)
            differs = {"--timezone": there[0].timezone != timezone}
            ours = [one.address for one in there[0].numbers]
            differs["--number"] = Address(Channel.SMS, number) not in ours
            differs["--email"] = manager is None or manager.business_id != there[0].id
            if manager and not differs["--email"]:
                differs |= _differences(manager, name, Role.MANAGER, password)
            refuse_differences(f"The business {business!r} exists already", differs)
            return False
        if our_number_ever_at(session, Address(Channel.SMS, number)):
            raise Refused(f"{number} already belongs to another business. Nothing was changed.")
        now = datetime.now(UTC)
        give_way(session, email, now)
        if Servicer.by_email(session, email):
            raise Refused(f"{email} already has an account at another business. Nothing was changed.")
        made = Business(name=business, timezone=timezone, created_at=now)
        made.numbers.append(OurNumber(phone=number, created_at=now))
        session.add(made)
        session.flush()
        session.add(new_servicer(made.id, email, name, Role.MANAGER, password_hash, now))
        return True

    if transaction(work):
        click.echo(f"Made the business {business} with the number {number} and the manager {email}.")
        click.echo("Next, make a queue: flask queue add KEYWORD --name NAME")
    else:
        click.echo(f"The business {business} and its manager {email} exist already: nothing to do.")


@servicer.command("add")
@click.argument("email", type=Email())
@click.option("--name", required=True, type=PERSON_NAME, help="The name that colleagues see.")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="Managers also change settings.",
)
@password_option
@click.option(
    "--business", type=BUSINESS_NAME, help="Where they work; needed if there are several businesses."
)
def add_servicer(email: str, name: str, role: str, password: str, business: str | None) -> None:
    """Make an account for somebody who serves or manages.

    If the same account exists already, nothing changes and it says so. If it exists with other values,
    nothing changes and it fails.
    """
    password_hash = hashed(password)

    def work(session: Session) -> bool:
        owner = the_business(session, business, must_say=True)
        now = datetime.now(UTC)
        there = Servicer.by_email(session, email)
        if there is not None and there.business_id != owner.id and give_way(session, email, now):
            there = None
        if there is not None:
            differs = {"--business": there.business_id != owner.id}
            differs |= _differences(there, name, Role(role), password)
            refuse_differences(f"{email} already has an account", differs)
            return False
        session.add(new_servicer(owner.id, email, name, Role(role), password_hash, now))
        return True

    if transaction(work):
        click.echo(f"Made the {role} account {email}.")
    else:
        click.echo(f"The account {email} exists already: nothing to do.")


def _differences(there: Servicer, name: str, role: Role, password: str) -> dict[str, bool]:
    """Which options differ from the existing account."""
    return {
        "--name": there.name != name,
        "--role": there.role != role,
        "--password-stdin": not is_password(password, there.password_hash),
    }

"""`flask setup`, `flask queue add`, `flask servicer add`: make a business, its queues and its people.

They never change anything: if the same exists already they say so; if it exists with other values they refuse
and say what differs. Changes are made on the manager's pages.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.understanding import keyword_warning
from commands.command_line.errors import PlainCommand, Refused
from commands.command_line.groups import queue, servicer
from commands.command_line.parameter_types import (
    Email,
    Keyword,
    Minutes,
    Name,
    PhoneNumber,
    TimeOfDay,
    Timezone,
    hashed,
    password_option,
)
from commands.command_line.which_business import BUSINESS_NAME, businesses, of_business, the_business
from commands.migrate import migrate_if_empty
from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.people.our_numbers import our_number_ever_at
from models.people.servicers import Role, Servicer
from models.queueing.hours.opening_hours import hours_of, set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.setup.queue_settings import make_queue
from models.queueing.setup.staff import give_way, new_servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from security.passwords import is_password

QUEUE_NAME, PERSON_NAME = Name(60), Name(60)


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
            _refuse_differences(f"The business {business!r} exists already", differs)
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


@queue.command("add")
@click.argument("keyword", type=Keyword())
@click.option("--name", required=True, type=QUEUE_NAME, help="The name that customers read.")
@of_business
@click.option(
    "--alert-ahead",
    type=click.IntRange(0, 99),
    help='Text "nearly up" at this place in line.  [default: 2]',
)
@click.option("--opens", type=TimeOfDay(), help="When it opens every day; needs --closes.")
@click.option("--closes", type=TimeOfDay(), help="When it closes every day; needs --opens.")
@click.option(
    "--minutes-per-customer",
    type=Minutes(),
    help="Your guess, until enough customers have been served.  [default: 5]",
)
def add_queue(
    keyword: str,
    name: str,
    business: str | None,
    alert_ahead: int | None,
    opens: time | None,
    closes: time | None,
    minutes_per_customer: float | None,
) -> None:
    """Make a queue that customers join by texting KEYWORD, and open it.

    If the same queue exists already, nothing changes and it says so. If it exists with other values,
    nothing changes and it fails. Options that you leave out are not compared.
    """
    if (opens is None) != (closes is None) or (opens is not None and opens == closes):
        raise click.UsageError("Give --opens and --closes together, and make them different.")
    asked = {"alert_ahead": alert_ahead, "minutes_per_customer": minutes_per_customer}
    given = {column: value for column, value in asked.items() if value is not None}

    def work(session: Session) -> bool:
        owner = the_business(session, business)
        there = Queue.named(session, owner.id, keyword)
        if there is not None:
            differs = {"--name": there.name != name}
            for column, value in given.items():
                differs[f"--{column.replace('_', '-')}"] = getattr(there, column) != value
            if opens is not None and closes is not None:
                hours = [(h.opens_at, h.closes_at) for h in hours_of(session, there.id).values()]
                differs["--opens and --closes"] = hours != [(opens, closes)] * 7
            _refuse_differences(f"The queue {keyword} exists already", differs)
            return False
        now = datetime.now(UTC)
        made = make_queue(session, owner.id, keyword, name=name, now=now, **given)
        if opens is not None and closes is not None:
            set_hours(session, made, EVERY_DAY, (opens, closes), now=now)
        return True

    if transaction(work):
        click.echo(f"Made the queue {keyword} ({name}). It is open.")
        if warning := _warning(keyword, business):
            click.echo(warning, err=True)
        if opens and closes:
            click.echo(f"From now on it closes at {closes:%H:%M} and opens at {opens:%H:%M} by itself.")
    else:
        click.echo(f"The queue {keyword} exists already: nothing to do.")


def _warning(keyword: str, business: str | None) -> str | None:
    with reading() as session:
        mine = Queue.business_id == the_business(session, business).id
        others = session.scalars(select(Queue.keyword).where(mine, Queue.keyword != keyword))
        return keyword_warning(keyword, list(others))


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
            _refuse_differences(f"{email} already has an account", differs)
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


def _refuse_differences(what: str, differs: Mapping[str, bool]) -> None:
    options = [option for option, is_so in differs.items() if is_so]
    if options:
        raise Refused(f"{what}, with another value for {', '.join(options)}. Nothing was changed.")

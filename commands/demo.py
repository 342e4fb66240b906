"""`flask demo`: makes a shop to try everything with, in an empty installation with pretend phones.

Never next to a real business, and never with a carrier, which would text strangers. Prints how to sign in,
for `make run` to show, and nothing if there is no demo.
"""

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import available_timezones

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commands.command_line.errors import PlainCommand, Refused
from commands.command_line.which_business import businesses
from config.settings import CarrierName, Settings
from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.people.servicers import Role, Servicer
from models.queueing.setup.new_queues import make_queue
from models.queueing.setup.staff import new_servicer
from models.storage.database import reading, transaction
from security.passwords import hash_password, is_password

NAME, NUMBER, KEYWORD, EMAIL = "Demo Shop", "+15550100000", "DEMO", "demo@example.com"
NUMBERS = (
    Address(Channel.SMS, NUMBER),
    Address(Channel.WHATSAPP, NUMBER),
    Address(Channel.RCS, "demo_shop"),
)
# Without letters and digits that are easily confused.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@click.command("demo", cls=PlainCommand)
@with_appcontext
def demo() -> None:
    """Make a demo business with the queue DEMO.

    It prints how to sign in, also if the demo exists already. It needs pretend phones and an empty
    database, and makes nothing beside another business.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.carrier != CarrierName.PRETEND:
        raise Refused("No demo with a carrier: it would text strangers.")
    kept = settings.data_dir / "demo-sign-in"
    with reading() as session:
        is_empty = not businesses(session)
    if is_empty:
        password_hash = hash_password(_kept_password(kept))
        with suppress(IntegrityError):  # another `flask demo` was faster
            transaction(lambda session: _make_demo(session, password_hash))
    manager = _demo_manager()
    if manager is None:
        click.echo("There is no demo here: this installation has its own business.", err=True)
        return
    click.echo(f"Sign in         {settings.public_url}/login")
    click.echo(f"  email         {EMAIL}")
    click.echo(f"  password      {_known_password(kept, manager)}")


def _make_demo(session: Session, password_hash: str) -> None:
    if businesses(session):
        return
    now = datetime.now(UTC)
    business = Business(name=NAME, timezone=_timezone_of_machine(), created_at=now)
    for address in NUMBERS:
        business.numbers.append(OurNumber(channel=address.channel, phone=address.phone, created_at=now))
    session.add(business)
    session.flush()
    make_queue(session, business.id, KEYWORD, name="Demo counter", now=now)
    session.add(new_servicer(business.id, EMAIL, "Demo", Role.MANAGER, password_hash, now))


def _demo_manager() -> Servicer | None:
    """The demo's manager, if no other business has a number: others may have signed up."""
    with reading() as session:
        there = [business.name for business in businesses(session) if business.numbers]
        return Servicer.by_email(session, EMAIL) if there == [NAME] else None


def _known_password(kept: Path, manager: Servicer) -> str:
    password = kept.read_text().strip() if kept.exists() else ""
    return password if is_password(password, manager.password_hash) else "the one you have set since"


def _kept_password(file: Path) -> str:
    """The demo's password: generated at first use, in a file that only its owner can read."""
    if not file.exists():
        unfinished = file.with_name(f"{file.name}.{os.getpid()}")
        password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # on Postgres nothing else makes it
        unfinished.touch(mode=0o600)
        unfinished.write_text(f"{password}\n")
        with suppress(FileExistsError):
            os.link(unfinished, file)  # atomic, and never replaces another's file
        unfinished.unlink()
    return file.read_text().strip()


def _timezone_of_machine() -> str:
    """This machine's time zone, or UTC if it is unknown."""
    link = Path("/etc/localtime")
    linked = str(link.resolve()).partition("/zoneinfo/")[2] if link.is_symlink() else ""
    zones = available_timezones()
    return next((zone for zone in (os.environ.get("TZ", ""), linked) if zone in zones), "UTC")

"""`flask doctor`: checks everything the installation needs, and says how to repair what is wrong.

Changes nothing, sends nothing. Settings are checked before any command runs.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

import models.schema  # noqa: F401
from commands.command_line.errors import PlainCommand
from commands.doctor.finding import Finding
from commands.doctor.outside import carrier, countries, mail, other_channels, public_address, texts
from commands.doctor.storage import backups, clock, database_clock, database_problem, days, pooler, wal
from config.locations import readable_by_others
from config.settings import LOOPBACK, CarrierName, Settings
from config.zone_rules import rules_in_use
from migrations.revisions import newest_revision
from models.people.addresses import Channel
from models.people.business import OurNumber
from models.storage.database import reading

TOO_LITTLE_DISK = 500 * 1024 * 1024


@click.command("doctor", cls=PlainCommand)
@with_appcontext
def doctor() -> None:
    """Check settings, database, clock, carrier and mail.

    Prints one line for each and, if something is wrong, how to fix it. Fails if anything is wrong.
    """
    findings = []
    for finding in look(current_app.config["SETTINGS"]):
        findings.append(finding)
        click.echo(f"{'ok   ' if finding.is_well else 'WRONG'}  {finding.what:9} {finding.words}")
    wrong = sum(not finding.is_well for finding in findings)
    if wrong:
        click.echo(f"{wrong} of {len(findings)} {'needs' if wrong == 1 else 'need'} fixing.", err=True)
        click.get_current_context().exit(1)


def look(settings: Settings) -> Iterator[Finding]:
    yield from _settings(settings)
    yield from _zone_rules()
    yield from _disk(settings)
    problem = database_problem()
    yield Finding("database", problem is None, problem or f"answers; schema {newest_revision()}.")
    our_numbers: list[str] = []
    if problem is None:
        yield from wal()
        yield from pooler()
        yield from database_clock()
        yield clock()
        yield from days(datetime.now(UTC))
        yield backups(settings)
        with reading() as session:
            in_use = select(OurNumber).where(OurNumber.retired_at.is_(None)).order_by(OurNumber.id)
            addresses = [one.address for one in session.scalars(in_use)]
        our_numbers = [address.phone for address in addresses if address.channel == Channel.SMS]
        words = ", ".join(map(str, addresses)) or "none yet: see `flask setup --help`."
        yield Finding("business", bool(addresses), words)
        yield from other_channels(settings, [each for each in addresses if each.channel != Channel.SMS])
        yield from countries(settings)
    yield public_address(settings)
    yield from carrier(settings, our_numbers)
    if problem is None:
        yield from texts()
    yield mail(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    host = urlsplit(settings.public_url).hostname or ""
    far_carrier = settings.carrier == CarrierName.TWILIO and not settings.emulated
    if far_carrier and host in LOOPBACK:
        words = f"Twilio can't reach PUBLIC_URL {settings.public_url}: set your public address."
        yield Finding("settings", False, words)
    elif far_carrier and not settings.https:
        words = f"PUBLIC_URL {settings.public_url} is not encrypted: use https."
        yield Finding("settings", False, words)
    else:
        words = f"data in {settings.data_dir}, pages at {settings.public_url}"
        yield Finding("settings", True, f"{words}; time zone rules {rules_in_use()}.")


def _zone_rules() -> Iterator[Finding]:
    rules = rules_in_use()
    if rules.are_old:
        words = f"time zone rules in use: {rules}; the package tzdata has {rules.package}"
        yield Finding("zones", False, f"{words}. Restart all processes to use the newest.")


def _disk(settings: Settings) -> Iterator[Finding]:
    """Free space where we write: a full disk stops everything on SQLite."""
    for name, folder in (("DATA_DIR", settings.data_dir), ("BACKUP_DIR", settings.backup_dir)):
        if folder is None:
            continue
        try:
            there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
            free = shutil.disk_usage(there).free
        except OSError as error:
            if name == "DATA_DIR":  # the clock creates the other one
                yield Finding("disk", False, f"{name} {folder} can't be checked: {error.strerror}.")
            continue
        words = f"{name} has {free / 1024**3:.1f} GiB free"
        mend = "" if free >= TOO_LITTLE_DISK else ": free some space, or nothing more can be stored"
        yield Finding("disk", not mend, f"{words}{mend}.")
    readable = readable_by_others(settings.kept_folders, settings.database_url)
    if readable is not None:
        mend = f"run `chmod go-rwx {readable.parent}`"
        yield Finding("disk", False, f"other users of this machine can read {readable}: {mend}.")

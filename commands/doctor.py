"""`flask doctor`: checks everything the installation needs, and says how to repair what is wrong.

Changes nothing, sends nothing. Settings are checked before any command runs.
"""

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from commands.errors import PlainCommand
from config.locations import readable_by_others
from config.settings import LOOPBACK, CarrierName, Settings, SignUp
from config.zone_rules import rules_in_use
from migrations.revisions import newest_revision, revision_of
from models.people.addresses import Address, Channel
from models.people.business import OurNumber
from models.people.phone_countries import allowed_by_default, main_country_refused
from models.people.refused_countries import refused_lately
from models.queueing.hours.opening_hours import days_of
from models.queueing.hours.queue_days import TurnedBy
from models.queueing.tables.queues import Queue
from models.storage.backup_schedule import last_backup
from models.storage.database import database, reading
from models.storage.heartbeats import CLOCK_GONE_AFTER, last_seen
from models.storage.postgres import is_pooled
from models.storage.sqlite_file import LARGE
from models.texts.outbox_backlog import backlogs

MAIL_SECONDS = 5.0
TOO_LITTLE_DISK = 500 * 1024 * 1024
BACKUP_OLD = timedelta(hours=27)
DAY_TURN_LATE = timedelta(minutes=1)
CLOCKS_APART = timedelta(seconds=5)


class Finding(NamedTuple):
    what: str
    is_well: bool
    words: str


@click.command("doctor", cls=PlainCommand)
@with_appcontext
def doctor() -> None:
    """Check settings, database, clock, carrier and mail.

    Prints a line for each, with how to mend it if it is wrong; fails if anything is.
    """
    findings = []
    for finding in look(current_app.config["SETTINGS"]):
        findings.append(finding)
        click.echo(f"{'ok   ' if finding.is_well else 'WRONG'}  {finding.what:9} {finding.words}")
    wrong = sum(not finding.is_well for finding in findings)
    if wrong:
        click.echo(f"{wrong} of {len(findings)} need mending.", err=True)
        click.get_current_context().exit(1)


def look(settings: Settings) -> Iterator[Finding]:
    yield from _settings(settings)
    yield from _zone_rules()
    yield from _disk(settings)
    problem = _database_problem()
    yield Finding("database", problem is None, problem or f"answers, and is at schema {newest_revision()}.")
    our_numbers: list[str] = []
    if problem is None:
        yield from _wal()
        yield from _pooler()
        yield _clock()
        yield from _days(datetime.now(UTC))
        yield _backups(settings)
        with reading() as session:
            in_use = select(OurNumber).where(OurNumber.retired_at.is_(None)).order_by(OurNumber.id)
            addresses = [one.address for one in session.scalars(in_use)]
        our_numbers = [address.phone for address in addresses if address.channel == Channel.SMS]
        words = ", ".join(map(str, addresses)) or "none yet: run `flask setup --help`."
        yield Finding("business", bool(addresses), words)
        yield from _other_channels(settings, [each for each in addresses if each.channel != Channel.SMS])
        yield from _countries(settings)
    yield from _carrier(settings, our_numbers)
    if problem is None:
        yield from _texts()
    yield _mail(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    host = urlsplit(settings.public_url).hostname or ""
    far_carrier = settings.carrier == CarrierName.TWILIO and not settings.emulated
    if far_carrier and host in LOOPBACK:
        words = f"PUBLIC_URL {settings.public_url} can't be reached by Twilio: set the address others use."
        yield Finding("settings", False, words)
    elif far_carrier and not settings.https:
        words = f"PUBLIC_URL {settings.public_url} is readable on the way: put https before it."
        yield Finding("settings", False, words)
    else:
        words = f"data in {settings.data_dir}, pages at {settings.public_url}"
        yield Finding("settings", True, f"{words}; time zones by the rules {rules_in_use()}.")


def _zone_rules() -> Iterator[Finding]:
    rules = rules_in_use()
    if rules.are_old:
        words = f"the rules in use are {rules}; the package tzdata has {rules.package}"
        yield Finding("zones", False, f"{words}: start all processes anew, so that they take the newest.")


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
                yield Finding("disk", False, f"{name} {folder} can't be looked at: {error.strerror}.")
            continue
        words = f"{name} has {free / 1024**3:.1f} GiB free"
        mend = "" if free >= TOO_LITTLE_DISK else ": make room, or nothing can be kept any more"
        yield Finding("disk", not mend, f"{words}{mend}.")
    readable = readable_by_others(settings.kept_folders, settings.database_url)
    if readable is not None:
        mend = f"run `chmod go-rwx {readable.parent}`"
        yield Finding("disk", False, f"{readable} can be read by other users of this machine: {mend}.")


def _backups(settings: Settings) -> Finding:
    if settings.backup_dir is None:
        return Finding("backup", True, "no BACKUP_DIR: the clock makes none; `flask backup FILE` does.")
    with reading() as session:
        last = last_backup(session, datetime.now(UTC))
    if last is None or datetime.now(UTC) - last > BACKUP_OLD:
        since = f"the last one is of {last:%Y-%m-%d %H:%M} UTC" if last else "none in the last two days"
        words = f"{since}: see that a clock runs and can write to {settings.backup_dir}; its log says why."
        return Finding("backup", False, words)
    sealed = "encrypted" if settings.backup_key else "not encrypted, as BACKUP_KEY is not set"
    return Finding("backup", True, f"the last one is of {last:%Y-%m-%d %H:%M} UTC, {sealed}.")


def _database_problem() -> str | None:
    try:
        revision = revision_of(database().engine)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).partition("\n")[0]
        return f"does not answer ({said}): check DATABASE_URL, and that its server runs."
    if revision is None:
        return "is empty: run `flask migrate`."
    if revision != newest_revision():
        return (
            f"is at schema {revision}, this program needs {newest_revision()}: run `flask migrate`, or "
            "install the newest version if the database is ahead."
        )
    return None


def _pooler() -> Iterator[Finding]:
    here = database()
    if not here.is_sqlite and is_pooled(here.engine):
        words = "a connection pooler stands before the server: statements are not prepared, limits hold"
        yield Finding("pooler", True, f"{words} for each transaction (docs/poolers.md).")


def _wal() -> Iterator[Finding]:
    size = database().wal_size()
    if size > LARGE:
        words = (
            f"{size / 1024**2:.0f} MiB stand beside the file, in its -wal: some program reads without an end"
        )
        yield Finding(
            "database", False, f"{words}. End it (`fuser` names it); the clock then empties the -wal."
        )


def _clock() -> Finding:
    with reading() as session:
        ahead, seen_at = last_seen(session), last_seen(session, datetime.now(UTC))
    if ahead is not None and ahead > datetime.now(UTC) + CLOCKS_APART:
        here = f"{datetime.now(UTC):%H:%M:%S}"
        words = f"was seen at {ahead:%H:%M:%S} UTC, but here it is {here}: set the clocks."
        return Finding("clock", False, words)
    if seen_at is not None and datetime.now(UTC) - seen_at <= CLOCK_GONE_AFTER:
        return Finding("clock", True, "runs.")
    since = f"last seen {seen_at:%Y-%m-%d %H:%M:%S} UTC" if seen_at else "never seen"
    return Finding("clock", False, f"{since}, so no text leaves: start `python -m jobs` (`make run` does).")


def _countries(settings: Settings) -> Iterator[Finding]:
    """Whose phones the default refuses, and whose were refused: they are never answered."""
    if settings.allowed_countries:
        return
    in_use = (OurNumber.retired_at.is_(None), OurNumber.channel != Channel.RCS)
    with reading() as session:
        for number in session.scalars(select(OurNumber).where(*in_use).order_by(OurNumber.id)):
            refused = [one.country for one in refused_lately(session, number, datetime.now(UTC))]
            main = main_country_refused(number.phone)
            allowed = ",".join(sorted(allowed_by_default(number.phone)))
            if main is None and not refused:
                continue
            who = (
                f"phones of {main}, most of its calling code," if main else f"phones of {', '.join(refused)}"
            )
            tried = f"; {', '.join(refused)} tried within 30 days" if main and refused else ""
            wider = ",".join([allowed, *sorted({*refused, *([main] if main else [])})])
            words = (
                f"{number.phone} does not answer {who}{tried}: set ALLOWED_COUNTRIES={wider} to allow them"
            )
            yield Finding("countries", False, f"{words}, or ={allowed} to keep it so.")


_IN_USE = select(Queue).where(Queue.archived_at.is_(None)).order_by(Queue.keyword)


def _days(now: datetime) -> Iterator[Finding]:
    """Queues whose day does not end at the business's day start, or was not turned."""
    with reading() as session:
        in_use = session.scalars(_IN_USE).all()
        late = [
            queue.keyword
            for queue in in_use
            if queue.day_ends_at is not None and queue.day_ends_at < now - DAY_TURN_LATE
        ]
        if late:
            words = f"{', '.join(late)}: the day is over and was not turned; see that a clock runs."
            yield Finding("days", False, words)
        ends = [(queue, days_of(session, queue).next_turn(now)) for queue in in_use]
        told = [
            f"that of {queue.keyword} ends at {turn.at.astimezone(queue.business.zone):%H:%M}, "
            f"when its hours {'close' if turn.by == TurnedBy.CLOSING else 'open'}"
            for queue, turn in ends
            if turn.by in (TurnedBy.CLOSING, TurnedBy.OPENING)
        ]
    if told:
        yield Finding("days", True, f"end at the business's day start, but {'; '.join(told)}.")


def _other_channels(settings: Settings, addresses: list[Address]) -> Iterator[Finding]:
    """What the carrier's client can't look at: the webhook of a sender stands on the sender."""
    if addresses and settings.carrier == CarrierName.TWILIO:
        senders = " and ".join(map(str, addresses))
        words = (
            f"not looked at: the webhook of {senders} must be {settings.public_url}/webhooks/sms, by POST."
        )
        yield Finding("channels", True, words)


def _carrier(settings: Settings, our_numbers: list[str]) -> Iterator[Finding]:
    if settings.carrier == CarrierName.PRETEND:
        yield Finding("carrier", True, f"pretend phones, at {settings.public_url}/phones.")
        return
    # Only this command needs the carrier's client; the web processes import this module too.
    from jobs.outbox.twilio_carrier import TwilioCarrier  # noqa: PLC0415

    problems = TwilioCarrier(settings).check(our_numbers)
    for problem in problems:
        yield Finding("carrier", False, problem)
    if not problems:
        yield Finding("carrier", True, "Twilio's account, numbers and webhooks are in order.")


def _texts() -> Iterator[Finding]:
    """The outbox backlog of each of our numbers."""
    with reading() as session:
        found = backlogs(session)
    for one in found:
        since = f" since {one.oldest_at:%Y-%m-%d %H:%M:%S} UTC" if one.oldest_at else ""
        words = f"{one.number}: {one.waiting} waiting, {one.sending} leaving, {one.unknown} unknown{since}"
        if one.held_since:
            words += f"; nothing leaves since {one.held_since:%H:%M:%S} UTC: {one.held_reason}"
        yield Finding("texts", one.held_since is None, f"{words}.")


def _mail(settings: Settings) -> Finding:
    server = settings.mail
    if server is None and settings.signup == SignUp.OPEN:
        words = (
            "SIGNUP=open without MAIL_URL: who signs up gets no link to confirm their e-mail; set MAIL_URL."
        )
        return Finding("mail", False, words)
    if server is None:
        return Finding("mail", True, "no MAIL_URL: mails are written to DATA_DIR/mail.")
    try:
        socket.create_connection((server.host, server.port), timeout=MAIL_SECONDS).close()
    except OSError as error:
        words = f"{server.host}:{server.port} can't be reached ({error}): check MAIL_URL."
        return Finding("mail", False, words)
    return Finding("mail", True, f"{server.host}:{server.port} can be reached.")

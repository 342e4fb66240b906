"""`flask restored`: tells a database that came into place as a copy that it is one.

A copied file, a `pg_dump` or a provider's snapshot holds texts that were waiting when it was made. A clock
would send them, hours or days late, and perhaps a second time. After this command the copy is as
`flask restore` would have left it.
"""

from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Table
from sqlalchemy.orm import Session

import models.schema  # noqa: F401
from commands.command_line.errors import PlainCommand, Refused
from config.settings import Settings
from jobs.upkeep.later_requests import catch_up
from migrations.migrate import migrate
from migrations.revisions import is_known, newest_revision, revision_of
from models.privacy.after_restore import count_unsent, neutralize
from models.storage.database import database, reading, transaction
from models.storage.dump import tables_of
from models.storage.heartbeats import CLOCK_GONE_AFTER, last_seen


@click.command("restored", cls=PlainCommand)
@click.option("--yes", is_flag=True, help="Don't ask first.")
@with_appcontext
def restored(yes: bool) -> None:
    """Mark the database as a restored copy.

    For a copy put in place by other means than `flask restore`, before its web and clock start. Texts
    and mails that were waiting in it are never sent, and everybody signs in again.
    """
    settings: Settings = current_app.config["SETTINGS"]
    _refuse_what_can_not_be_marked()
    with reading() as session:
        texts, mails = count_unsent(session, _tables(session))
    unsent = f"{_some(texts, 'text')} and {_some(mails, 'mail')}"
    if not yes and not click.confirm(
        f"{unsent} are waiting in it and will never be sent, and everybody has to sign in again. "
        "Is this database a copy?",
        err=True,
    ):
        raise Refused("Nothing was changed.")
    transaction(lambda session: neutralize(session, _tables(session), datetime.now(UTC)))
    migrate(database().engine)
    done = catch_up(settings.kept_folders, datetime.now(UTC))
    click.echo(f"Marked as a restored copy. Never sent: {unsent}. Everybody signs in again.")
    click.echo(f"Asked for since the copy was made, and done again: {_some(done, 'privacy request')}.")


def _refuse_what_can_not_be_marked() -> None:
    revision = revision_of(database().engine)
    if revision is None:
        raise Refused("Nothing was changed: the database is empty.")
    if not is_known(revision):
        raise Refused(
            f"Nothing was changed: the database has schema {revision}, newer than this program's "
            f"{newest_revision()}. Install the version that made it."
        )
    now = datetime.now(UTC)
    with reading() as session:
        seen = last_seen(session, now)
    if seen is not None and seen > now - CLOCK_GONE_AFTER:
        raise Refused(
            "Nothing was changed: a clock runs on this database. End web and clock first "
            f"(in a copy made just now, wait {CLOCK_GONE_AFTER.seconds} s)."
        )


def _tables(session: Session) -> dict[str, Table]:
    """As they are: a copy may have an older schema."""
    return {table.name: table for table in tables_of(session)}


def _some(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"

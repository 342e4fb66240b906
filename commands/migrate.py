"""`flask migrate`: brings the database to the newest schema; the Procfile's `release` runs it."""

from contextlib import nullcontext

import click
from flask.cli import with_appcontext

from commands.failing import PlainCommand
from migrations import migrate as migrate_database, newest_revision, revision_of
from models.database import database


@click.command("migrate", cls=PlainCommand)
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema; does nothing where that is so already."""
    here = database()
    # On SQLite two that start at once take turns here; on Postgres `migrations` sees to it.
    with here.turn or nullcontext():
        before = revision_of(here.engine)
        migrate_database(here.engine)
    if before == newest_revision():
        click.echo(f"The database is at schema {before}: nothing to do.")
    else:
        click.echo(f"The database is now at schema {newest_revision()}.")

"""`flask migrate`: migrates the database to the newest schema; the Procfile's `release` runs it."""

from contextlib import nullcontext
from importlib import import_module

import click
from flask.cli import with_appcontext

from bot.understanding.grammar import grammar
from commands.command_line.errors import PlainCommand
from migrations.revisions import is_known, newest_revision, revision_of
from models.storage.database import database


@click.command("migrate", cls=PlainCommand)
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema.

    Does nothing if it is there already.
    """
    grammar()  # where it can be kept, web and clock then find it built
    before = _migrate()
    if before is not None and not is_known(before):
        click.echo(f"The database is at schema {before}, newer than this program: nothing to do.")
    elif before == newest_revision():
        click.echo(f"The database is at schema {before}: nothing to do.")
    else:
        click.echo(f"The database is now at schema {newest_revision()}.")


def migrate_if_empty() -> None:
    """Migrate an empty database; one of an older version is left to `flask migrate`."""
    if revision_of(database().engine) is None:
        _migrate()


def _migrate() -> str | None:
    """Migrate; returns the revision from before."""
    here = database()
    # On SQLite two that start at once are serialized here; on Postgres `migrations` does so.
    with here.write_lock or nullcontext():
        before = revision_of(here.engine)
        if before is None or is_known(before):
            import_module("migrations.migrate").migrate(here.engine)  # Alembic: no other command needs it
    return before

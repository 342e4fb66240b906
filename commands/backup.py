"""`flask backup FILE` and `flask restore FILE`: save the running database, and load it into an empty one.

A restore checks everything first, so that a bad file is refused before anything is changed.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import Session

import models.schema  # noqa: F401
from commands.command_line.errors import PlainCommand, Refused
from config.settings import Settings
from jobs.upkeep.backup import back_up
from jobs.upkeep.backup_file import BackupProblem, Contents, Row, contents_of
from jobs.upkeep.later_requests import catch_up
from jobs.upkeep.privacy_list import NAME as LIST, moment, read_list
from migrations.migrate import go_back, migrate
from migrations.revisions import is_known, newest_revision, revision_of
from models.people.phone_numbers import phone_keys
from models.people.privacy_requests import KEPT
from models.privacy.after_restore import neutralize
from models.storage.database import database, reading, transaction
from models.storage.dump import (
    WRITTEN_BY_ITSELF,
    empty,
    first_in_use,
    insert_rows,
    tables_of,
)

PEOPLE = ("customers", "servicers")


@click.command("backup", cls=PlainCommand)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write the whole database to FILE, while everything keeps running.

    FILE is written completely and checked, or not at all. It is encrypted if BACKUP_KEY is set.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if not file.absolute().parent.is_dir():
        raise Refused(f"No backup was made: there is no folder {file.absolute().parent}.")
    try:
        contents = back_up(file, settings.backup_key, datetime.now(UTC))
    except (BackupProblem, OSError) as problem:
        raise Refused(f"No backup was made: {_reason(problem)}.") from None
    click.echo(f"Backed up {_rows(contents)} to {file}{', encrypted' if settings.backup_key else ''}.")
    click.echo(f"You need these to read it, so keep them with it: {_secrets(settings)}.")
    click.echo(_what_it_goes_on_holding(settings))


@click.command("restore", cls=PlainCommand)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--without-phones", is_flag=True, help="Restore even if the keys of the phone numbers are lost."
)
@with_appcontext
def restore(file: Path, without_phones: bool) -> None:
    """Restore the backup FILE into an empty database.

    It goes into the database of DATABASE_URL or DATA_DIR. Stop web and clock first. Old texts and mails
    are not sent afterwards, and everybody has to sign in again.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with _opened(file) as stream:
        contents = _checked(stream, settings, None if without_phones else _KeysFit())
        _refuse_what_does_not_fit(contents)
        _put_in(stream, settings, contents)
    done = _do_later_requests(file, settings)
    click.echo(f"Restored {_rows(contents)}, as of {contents.made_at[:19]} UTC.")
    click.echo("Texts and mails not sent by then are not sent now. Everybody has to sign in again.")
    click.echo(f"Done again: {done} later requests to be forgotten, or to stop or start texts.")
    if warning := _what_no_list_reaches(file, settings, contents):
        click.echo(warning, err=True)


def _what_it_goes_on_holding(settings: Settings) -> str:
    words = (
        "It holds names and encrypted phone numbers. Customers who ask later to be forgotten stay in it "
        f"until you delete it. If you restore it within {KEPT.days} days, {settings.data_dir / LIST} makes "
        "sure that they are forgotten again."
    )
    if settings.backup_dir is None:
        return words
    own = f"The clock's backups in {settings.backup_dir} are deleted after {settings.backup_days} days."
    return f"{words}\n{own}"


def _do_later_requests(file: Path, settings: Settings) -> int:
    return catch_up([file.absolute().parent, *settings.kept_folders], datetime.now(UTC))


def _what_no_list_reaches(file: Path, settings: Settings, contents: Contents) -> str | None:
    folders = [file.absolute().parent, *settings.kept_folders]
    since = min((found for each in folders if (found := read_list(each).since)), default=None)
    made_at = moment(contents.made_at)
    if since is not None and made_at is not None and since <= made_at:
        return None
    until = f"before {since:%Y-%m-%d %H:%M} UTC" if since else "since the backup"
    return (
        f"No list here goes back far enough to say who asked {until} to be forgotten or to get no more "
        f"texts. If you have the installation's {LIST}, put it into {settings.data_dir} and start the clock."
    )


def _checked(stream: BinaryIO, settings: Settings, keys: "_KeysFit | None") -> Contents:
    try:
        return contents_of(stream, settings.backup_key, keys)
    except BackupProblem as problem:
        raise Refused(f"Nothing was restored: {problem}.") from None


def _refuse_what_does_not_fit(contents: Contents) -> None:
    if not is_known(contents.revision):
        raise Refused(
            f"Nothing was restored: the file has schema {contents.revision}, newer than this program's "
            f"{newest_revision()}. Install the version that made it."
        )
    with reading() as session:
        used = first_in_use(session)
    if used is not None:
        raise Refused(
            f"Nothing was restored: the database is not empty (there are {used}). "
            "Set DATABASE_URL or DATA_DIR to an empty one."
        )


def _put_in(stream: BinaryIO, settings: Settings, contents: Contents) -> None:
    """Load at the file's schema in one transaction, then migrate to ours."""
    engine = database().engine
    if revision_of(engine) not in (None, contents.revision):
        go_back(engine, contents.revision)
    migrate(engine, contents.revision)
    try:
        transaction(partial(_fill, stream=stream, settings=settings, now=datetime.now(UTC)))
    except OperationalError:
        raise  # the database failed, not the file
    except (BackupProblem, StatementError):
        raise Refused("Nothing was restored: the file's contents do not fit its schema.") from None
    finally:
        migrate(engine)


def _fill(session: Session, stream: BinaryIO, settings: Settings, now: datetime) -> None:
    tables = {table.name: table for table in tables_of(session)}
    empty(session, tables.values(), WRITTEN_BY_ITSELF)

    def put(name: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
        insert_rows(session, tables[name], columns, rows)

    contents_of(stream, settings.backup_key, put)
    neutralize(session, tables, now)


class _KeysFit:
    """Checks that our keys decrypt the first phone in the file. Raises Refused."""

    def __init__(self) -> None:
        self._has_tried = False

    def __call__(self, name: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
        if name not in PEOPLE or self._has_tried:
            return
        for row in rows:
            person: dict[str, Any] = dict(zip(columns, row, strict=True))
            if person["phone_ciphertext"] is not None:
                self._has_tried = True
                self._try(person["phone_ciphertext"], person["phone_hash"])
                return

    def _try(self, ciphertext: str, phone_hash: str) -> None:
        phone = phone_keys().decrypt(b64decode(ciphertext))
        if phone is None or phone_keys().hash(phone) != phone_hash:
            wrong = "PHONE_KEYS do" if phone is None else "PHONE_HASH_KEY does"
            raise Refused(
                f"Nothing was restored: {wrong} not fit the file's phone numbers. Use the secrets of the "
                "installation that made it (or --without-phones, and then nobody can be texted)."
            )


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        stream = file.open("rb")
    except OSError as problem:
        raise Refused(f"Nothing was restored: {_reason(problem)}.") from None
    with stream:
        yield cast(BinaryIO, stream)


def _rows(contents: Contents) -> str:
    filled = sum(1 for count in contents.counts.values() if count)
    return f"{sum(contents.counts.values())} rows of {filled} tables (schema {contents.revision})"


def _secrets(settings: Settings) -> str:
    if settings.on_sqlite:
        files = "secret_key, phone_keys and phone_hash_key"
        kept = f"the files {files} of {settings.data_dir}, or the settings you gave instead"
    else:
        kept = "the settings SECRET_KEY, PHONE_KEYS and PHONE_HASH_KEY"
    return f"{kept}{', and BACKUP_KEY' if settings.backup_key else ''}"


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return f"{problem.filename or 'the file'}: {(problem.strerror or str(problem)).lower()}"
    return str(problem)

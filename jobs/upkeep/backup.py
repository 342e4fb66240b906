"""Makes a backup of the running database, checks it, and only then gives it its final name.

The backup is one snapshot of the database, and blocks nobody. Deletes no old backups.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from jobs.upkeep.backup_file import BackupProblem, Contents, contents_of, writing
from models.storage.database import reading
from models.storage.dump import revision_in, rows_of, tables_of


def back_up(file: Path, key: str | None, now: datetime) -> Contents:
    """Write the whole database to `file`, completely or not at all.

    Raises BackupProblem, or OSError if the file can't be written.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
    try:
        with _private(unfinished) as stream:
            counts = _write(stream, key, now)
            stream.flush()
            os.fsync(stream.fileno())
        with unfinished.open("rb") as stream:
            contents = contents_of(cast(BinaryIO, stream), key)
        if contents.counts != counts:
            raise BackupProblem("the file does not hold what was written: the disk may be failing")
        unfinished.replace(file)
        _sync_folder(file.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return contents


def _write(stream: BinaryIO, key: str | None, now: datetime) -> dict[str, int]:
    with reading() as session, writing(stream, key) as writer:
        revision = revision_in(session)
        if revision is None:
            raise BackupProblem("the database is empty, there is nothing to back up")
        writer.write_header(revision, now.astimezone(UTC).isoformat())
        for table in tables_of(session):
            writer.table(table.name, [column.name for column in table.columns], rows_of(session, table))
        return writer.counts


@contextmanager
def _private(file: Path) -> Iterator[BinaryIO]:
    """A file that only its owner can read: it holds names and, encrypted, phone numbers."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        yield cast(BinaryIO, stream)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

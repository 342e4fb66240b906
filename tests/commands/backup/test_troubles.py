"""Files that are damaged, too new, too old or without their key, and full disks: nothing changes."""

import gzip
import os
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from jobs.upkeep.backup import back_up
from jobs.upkeep.backup_file import BackupProblem, BackupWriter, contents_of
from migrations.migrate import migrate
from migrations.revisions import newest_revision, revision_of
from models.people.business import Business
from models.people.phone_numbers import PhoneKeys, use_keys
from models.queueing.tables.tickets import Ticket
from models.storage import database
from models.storage.database import Database, reading, transaction
from tests.commands.backup.databases import KEY, fill, into_a_new_one, nothing_is_in_it, with_key
from tests.commands.conftest import Run, refusal
from tests.world import NOON


def test_with_a_key_nothing_can_be_read_without_it(
    app: Flask, run_alone: Run, small: Database, tmp_path: Path
) -> None:
    fill()
    file = tmp_path / "backup"
    with_key(app, tmp_path, KEY)
    result = run_alone("backup", str(file))
    assert "encrypted" in result.stdout
    assert "BACKUP_KEY" in result.stdout
    assert b"CET236" not in file.read_bytes()
    with pytest.raises(OSError, match="gzip"):
        gzip.decompress(file.read_bytes())
    into_a_new_one(tmp_path)
    for key, told in ((None, "is encrypted"), ("another key of backups", "not the key")):
        with_key(app, tmp_path, key)
        assert told in refusal(run_alone("restore", str(file)), 1)
    assert nothing_is_in_it()
    with_key(app, tmp_path, KEY)
    assert run_alone("restore", str(file)).exit_code == 0
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 3


def test_with_a_key_a_file_that_is_not_encrypted_is_refused(
    app: Flask, run_alone: Run, small: Database, backups: dict[str | None, bytes], tmp_path: Path
) -> None:
    (tmp_path / "backup").write_bytes(backups[None])
    with_key(app, tmp_path, KEY)
    into_a_new_one(tmp_path)
    assert "not encrypted" in refusal(run_alone("restore", str(tmp_path / "backup")), 1)
    assert nothing_is_in_it()


NO_BACKUPS = {
    "nothing": b"null\n",
    "a list": b"[1, 2]\n",
    "a number for its kind": b'{"kind":7,"format":1}\n',
    "no table": b'{"kind":"take-a-number backup","format":1,"revision":"0001","made_at":"x"}\n{}\n',
    "a table of another": b'{"kind":"take-a-number backup","format":1,"revision":"0001","made_at":"x"}\n'
    b'{"table":"businesses","columns":["nothing"]}\n["x"]\n{"end":"businesses","rows":1,"sha256":"x"}\n',
    "lists within lists": b"[" * 100_000 + b"]" * 100_000 + b"\n",
}


@pytest.mark.parametrize("content", NO_BACKUPS.values(), ids=NO_BACKUPS)
def test_a_file_that_is_no_backup_of_ours_is_refused_in_one_line(
    run_alone: Run, small: Database, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "backup").write_bytes(gzip.compress(content))
    into_a_new_one(tmp_path)
    assert "no backup of ours" in refusal(run_alone("restore", str(tmp_path / "backup")), 1)


@pytest.mark.parametrize("change", ["a table that is not there", "a value that is no moment"])
def test_a_file_whose_rows_do_not_fit_its_schema_is_refused_in_one_line(
    run_alone: Run, small: Database, tmp_path: Path, change: str
) -> None:
    fill()
    with (tmp_path / "backup").open("wb") as stream, gzip.GzipFile(fileobj=stream, mode="wb") as packed:
        writer = BackupWriter(packed)
        writer.write_header(newest_revision(), NOON.isoformat())
        if change == "a table that is not there":
            writer.table("elsewhere", ["id"], [[1]])
        else:
            writer.table("businesses", ["id", "name", "created_at"], [[1, "Shop", "yesterday"]])
        writer.end()
    into_a_new_one(tmp_path)
    line = refusal(run_alone("restore", str(tmp_path / "backup")), 1)
    assert "Nothing was restored: the file's contents do not fit its schema." in line
    assert nothing_is_in_it()


@pytest.mark.parametrize(
    ("harm", "key"),
    # With a key, what stands behind the last piece is never read.
    [*product(["cut", "changed", "empty", "another file"], [None, KEY]), ("longer", None)],
)
def test_a_damaged_file_is_refused_and_changes_nothing(
    app: Flask,
    run_alone: Run,
    small: Database,
    backups: dict[str | None, bytes],
    tmp_path: Path,
    harm: str,
    key: str | None,
) -> None:
    whole = backups[key]
    middle = len(whole) // 2
    file = tmp_path / "backup"
    file.write_bytes(
        {
            "cut": whole[:-40],
            "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
            "another file": b"PK\x03\x04 something else",
            "longer": whole + gzip.compress(b'{"table":"queues"}\n'),
        }[harm]
    )
    with_key(app, tmp_path, key)
    into_a_new_one(tmp_path)
    assert "Nothing was restored" in refusal(run_alone("restore", str(file)), 1)
    assert nothing_is_in_it()


def test_a_file_of_a_newer_version_is_refused(run_alone: Run, small: Database, tmp_path: Path) -> None:
    fill()
    transaction(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    back_up(tmp_path / "backup", None, NOON)
    into_a_new_one(tmp_path)
    line = refusal(run_alone("restore", str(tmp_path / "backup")), 1)
    assert "9999" in line
    assert "newer" in line
    assert nothing_is_in_it()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (PhoneKeys(["another key altogether"], "a hash key for the tests only"), "PHONE_KEYS"),
        (PhoneKeys(["a key for the tests only"], "another hash key"), "PHONE_HASH_KEY"),
    ],
)
def test_a_restore_without_the_keys_of_the_phones_says_so(
    run_alone: Run,
    small: Database,
    backups: dict[str | None, bytes],
    tmp_path: Path,
    keys: PhoneKeys,
    told: str,
) -> None:
    (tmp_path / "backup").write_bytes(backups[None])
    into_a_new_one(tmp_path)
    use_keys(keys)
    assert told in refusal(run_alone("restore", str(tmp_path / "backup")), 1)
    assert nothing_is_in_it()
    assert run_alone("restore", "--without-phones", str(tmp_path / "backup")).exit_code == 0


@pytest.mark.parametrize("is_migrated_already", [True, False])
def test_a_file_of_an_older_schema_is_restored_and_migrated(
    run_alone: Run, tmp_path: Path, is_migrated_already: bool
) -> None:
    old = database.connect(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    migrate(old.engine, "0003")
    transaction(
        lambda session: session.execute(
            text(
                "INSERT INTO businesses (name, timezone, day_start_hour, language, carrier_answers_help,"
                " created_at) VALUES ('Old', 'Europe/Lisbon', 4, 'en', 1, '2026-01-01 00:00:00.000000')"
            )
        )
    )
    back_up(tmp_path / "backup", None, NOON)
    new = into_a_new_one(tmp_path)
    if is_migrated_already:
        migrate(new.engine)
    result = run_alone("restore", str(tmp_path / "backup"))
    assert result.exit_code == 0, result.output
    assert revision_of(new.engine) == newest_revision()
    with reading() as session:
        business = session.scalars(select(Business)).one()
    assert (business.name, business.texts_per_day) == ("Old", 5000)
    new.close()


@pytest.mark.parametrize(
    ("place", "told"), [("no/such/folder/backup", "there is no folder"), (".", "is a directory")]
)
def test_a_backup_that_cannot_be_written_says_so(
    run_alone: Run, small: Database, tmp_path: Path, place: str, told: str
) -> None:
    result = run_alone("backup", str(tmp_path / place))
    assert result.exit_code != 0
    (line,) = result.stderr.splitlines()
    assert told in line


def test_a_full_disk_leaves_the_backup_of_yesterday_alone(
    run_alone: Run, small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    folder = tmp_path / "backups"
    folder.mkdir()
    run_alone("backup", str(folder / "backup"))
    before = (folder / "backup").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "no space left" in refusal(run_alone("backup", str(folder / "backup")), 1)
    assert (folder / "backup").read_bytes() == before
    assert [one.name for one in folder.iterdir()] == ["backup"]


def test_a_restore_that_breaks_off_leaves_the_database_empty(
    run_alone: Run,
    small: Database,
    backups: dict[str | None, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "backup").write_bytes(backups[None])
    into_a_new_one(tmp_path)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("commands.backup.neutralize", broken)
    assert isinstance(run_alone("restore", str(tmp_path / "backup")).exception, ZeroDivisionError)
    assert nothing_is_in_it()
    monkeypatch.undo()
    assert run_alone("restore", str(tmp_path / "backup")).exit_code == 0


def test_a_file_that_does_not_hold_what_was_written_is_never_given_its_name(
    small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    monkeypatch.setattr("jobs.upkeep.backup.contents_of", lambda *_: contents_of(_harmed(tmp_path), None))
    with pytest.raises(BackupProblem):
        back_up(tmp_path / "backup", None, NOON)
    assert not (tmp_path / "backup").exists()


def _harmed(tmp_path: Path) -> Any:
    (unfinished,) = tmp_path.glob(".backup.*")
    unfinished.write_bytes(unfinished.read_bytes()[:-9])
    return unfinished.open("rb")

"""The daily backup: one, however many clocks run; old ones are deleted; a failure is retried."""

from datetime import timedelta
from pathlib import Path

import pytest

from jobs.upkeep.backup_file import contents_of
from jobs.upkeep.daily_backups import Backups
from models.storage.backup_schedule import last_backup
from models.storage.database import Database, reading
from tests.world import NOON, make_business


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def test_several_clocks_make_one_backup_a_day(db: Database, folder: Path) -> None:
    make_business()
    clocks = [Backups(folder, days=14, key=None) for _ in range(3)]
    for minutes in (0, 5, 60, 600):
        for clock in clocks:
            clock.run(NOON + timedelta(minutes=minutes))
    assert files(folder) == ["take-a-number-2026-03-10.backup"]
    with reading() as session:
        assert last_backup(session) == NOON
    with (folder / files(folder)[0]).open("rb") as stream:
        assert contents_of(stream, None).counts["businesses"] == 1
    clocks[1].run(NOON + timedelta(days=1))
    assert len(files(folder)) == 2


def test_old_ones_go_and_other_files_stay(db: Database, folder: Path) -> None:
    folder.mkdir()
    (folder / "take-a-number-2020-01-01.backup.mine").touch()
    clock = Backups(folder, days=2, key=None)
    for day in range(5):
        clock.run(NOON + timedelta(days=day))
    assert files(folder) == [
        "take-a-number-2020-01-01.backup.mine",
        "take-a-number-2026-03-13.backup",
        "take-a-number-2026-03-14.backup",
    ]


def test_one_that_failed_is_tried_again_within_the_hour(db: Database, folder: Path) -> None:
    folder.touch()  # a file stands where the folder should be
    clock = Backups(folder, days=2, key=None)
    with pytest.raises(FileExistsError):
        clock.run(NOON)
    folder.unlink()
    clock.run(NOON + timedelta(minutes=5))
    assert not folder.exists(), "not by each clock every few minutes"
    clock.run(NOON + timedelta(minutes=61))
    assert len(files(folder)) == 1


def test_without_a_folder_none_is_made(db: Database) -> None:
    Backups(None, days=2, key=None).run(NOON)
    with reading() as session:
        assert last_backup(session) is None

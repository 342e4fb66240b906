"""Where data is kept: DATA_DIR, DATABASE_URL and BACKUP_DIR, none of them inside the code."""

import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from config.environment import Environment, SettingsError

CODE = Path(__file__).resolve().parents[1]


def data_dir(read: Environment) -> Path:
    text = read.text("DATA_DIR")
    try:
        folder = Path(text).expanduser().resolve() if text else _users_data_folder(read)
    except RuntimeError:  # a bare user id, as containers have; on Postgres hardly anything is kept there
        if text or is_sqlite(database_url(read, Path("/nowhere"))):
            raise SettingsError(
                "DATA_DIR must be set: this user has no home folder to keep data in."
            ) from None
        folder = _own_temporary_folder()
    if folder == CODE or CODE in folder.parents:
        raise SettingsError(
            f"DATA_DIR must be outside the code, not {str(folder)!r}: an update must not touch data."
        )
    return folder


def backup_dir(read: Environment) -> Path | None:
    text = read.text("BACKUP_DIR")
    if text is None:
        return None
    folder = Path(text)
    if not folder.is_absolute() or folder.resolve() == CODE or CODE in folder.resolve().parents:
        raise SettingsError(
            f"BACKUP_DIR must be an absolute path outside the code, not {text!r}: best on another disk."
        )
    return folder


def _own_temporary_folder() -> Path:
    """One that nobody else made: others may write beside it."""
    folder = Path(tempfile.gettempdir()).resolve() / f"take-a-number-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        known = folder.lstat()
    except OSError as error:
        raise SettingsError(f"DATA_DIR must be set: {folder} can't be made ({error.strerror}).") from None
    if known.st_uid != os.geteuid() or not stat.S_ISDIR(known.st_mode):
        raise SettingsError(f"DATA_DIR must be set: {folder} belongs to somebody else.")
    return folder


def _users_data_folder(read: Environment) -> Path:
    base = read.text("XDG_DATA_HOME")
    folder = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
    return (folder / "take-a-number").resolve()


def database_url(read: Environment, data_folder: Path) -> str:
    text = read.text("DATABASE_URL")
    if text is None:
        return f"sqlite:///{data_folder / 'take-a-number.sqlite3'}"
    scheme, separator, rest = text.partition("://")
    if separator and scheme in ("postgresql+psycopg", "postgresql", "postgres"):
        return f"postgresql+psycopg://{rest}"
    if separator and scheme in ("sqlite", "sqlite+pysqlite"):
        return _sqlite_url(rest)
    raise SettingsError(
        "DATABASE_URL must begin with postgresql+psycopg:// or sqlite:/// followed by an absolute path."
    )


def _sqlite_url(rest: str) -> str:
    file = Path(rest.removeprefix("/"))
    if not file.is_absolute() or "?" in rest:
        raise SettingsError(
            "DATABASE_URL must name an absolute path on SQLite, such as sqlite:////var/lib/queue.db."
        )
    if CODE in file.resolve().parents:
        raise SettingsError("DATABASE_URL must name a file outside the code: an update must not touch data.")
    if not file.parent.is_dir():
        raise SettingsError(
            f"DATABASE_URL must name a file in a folder that is there: make {str(file.parent)!r}."
        )
    return f"sqlite:///{file}"


def is_sqlite(database_url: str) -> bool:
    return database_url.startswith("sqlite:")


def keep_files_private() -> None:
    """Whatever this process makes from now on, only its owner may read: the data are names and phones."""
    os.umask(0o077)


def readable_by_others(folders: Iterable[Path], database_url: str) -> Path | None:
    """A file in these folders, or of the database, that other users of this machine can read."""
    database = [Path(database_url.removeprefix("sqlite:///"))] if is_sqlite(database_url) else []
    kept = (file for folder in folders for file in folder.glob("*"))
    for file in (*database, *(Path(f"{each}-wal") for each in database), *kept):
        if file.exists() and file.stat().st_mode & 0o044 and _others_get_there(file):
            return file
    return None


def _others_get_there(file: Path) -> bool:
    """Whether others may pass through its folder."""
    return bool(file.parent.stat().st_mode & 0o011)

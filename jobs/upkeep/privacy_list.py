"""The list of late privacy requests in a file, outside the database and its backups: one a line, hashes only.

The first line says since when it is kept. Lines are appended; those too old for any backup are cut off.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from models.people.privacy_requests import KEPT, Request, RequestKind

NAME = "privacy-requests"
HEAD = "kept since "
CUT_EVERY = timedelta(days=7)
KINDS = {kind.value: kind for kind in RequestKind}


class Listed(NamedTuple):
    since: datetime | None
    """None: there is no list."""
    requests: set[Request]


def read_list(folder: Path) -> Listed:
    """Lines that were not written to their end are left out."""
    try:
        lines = (folder / NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Listed(None, set())
    since = moment(lines[0].removeprefix(HEAD)) if lines else None
    return Listed(since, {request for line in lines[1:] if (request := _request(line))})


def add_to_list(folder: Path, requests: Iterable[Request], now: datetime) -> None:
    """Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        if not (folder / NAME).exists():
            _write(folder / NAME, now, [])
        is_broken_off = not (folder / NAME).read_bytes().endswith(b"\n")
        with (folder / NAME).open("a", encoding="utf-8") as stream:
            stream.write("\n" if is_broken_off else "")
            stream.writelines(_line(each) for each in sorted(requests))
            stream.flush()
            os.fsync(stream.fileno())


def cut_list(folder: Path, now: datetime) -> None:
    """Leave out what is older than the database keeps it, now and then. Raises OSError."""
    with _alone(folder):
        since, requests = read_list(folder)
        if since is not None and since < now - KEPT - CUT_EVERY:
            _write(folder / NAME, now - KEPT, (each for each in requests if each.at > now - KEPT))


def _write(file: Path, since: datetime, requests: Iterable[Request]) -> None:
    unfinished = file.with_name(f".{NAME}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{HEAD}{since.isoformat()}\n")
        stream.writelines(_line(each) for each in sorted(requests))
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)


def _line(request: Request) -> str:
    return f"{request.at.isoformat()} {request.kind} {request.whose} {request.about}\n"


def _request(line: str) -> Request | None:
    words = line.split(" ")
    at = moment(words[0])
    if len(words) != 4 or at is None or words[1] not in KINDS or not words[3]:
        return None
    return Request(at, KINDS[words[1]], words[2], words[3])


def moment(text: str) -> datetime | None:
    """None for what is none, or has no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process writes the list meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

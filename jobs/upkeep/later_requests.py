"""Keeps the database and the lists of privacy requests beside it and its backups equal, each minute.

What only a list knows was asked of a newer copy of the database: it is done again, whoever put this one in.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from jobs.upkeep.privacy_list import add_to_list, cut_list, read_list
from models.people.privacy_requests import KEPT, Request, requests_since
from models.privacy.later_requests import apply_later_requests
from models.storage.database import reading, transaction

log = structlog.get_logger(__name__)


class LaterRequests:
    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._unwritable: set[Path] = set()

    def run(self, now: datetime) -> None:
        if done := catch_up(self._folders, now):
            log.info("privacy requests done again after a restore", requests=done)
        with reading() as session:
            known = requests_since(session, now - KEPT)
        for folder in self._folders:
            self._write_down(folder, known, now)

    def _write_down(self, folder: Path, known: set[Request], now: datetime) -> None:
        try:
            listed = read_list(folder)
            missing = known - listed.requests
            if missing or listed.since is None:
                add_to_list(folder, missing, now)
            cut_list(folder, now)
            self._unwritable.discard(folder)
        except OSError as error:
            if folder not in self._unwritable:
                log.warning(
                    "privacy requests can't be written down", folder=str(folder), error=error.strerror
                )
            self._unwritable.add(folder)


def catch_up(folders: Sequence[Path], now: datetime) -> int:
    """Do what the lists in these folders know and the database does not; returns how many requests."""
    listed = {each for folder in folders for each in read_list(folder).requests if each.at > now - KEPT}
    with reading() as session:
        later = listed - requests_since(session, now - KEPT)
    return transaction(partial(apply_later_requests, listed=later, now=now)) if later else 0

"""Tells managers of what they want to know while it can still be helped: looks every second.

Nothing of this is done in a request. With nobody who wants to be told, two empty tables are looked at now and
then.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.alarms.choices import Watcher, watchers
from models.alarms.conditions import Found, troubles_now
from models.alarms.troubles import (
    Trouble,
    is_gone_news,
    is_wrong_news,
    note_gone,
    note_wrong,
    open_troubles,
)
from models.storage.database import reading, transaction

REST = timedelta(seconds=4)  # with nobody who wants to be told of anything
Step = Callable[[Session], None]


class Troubles:
    def __init__(self, *, makes_backups: bool) -> None:
        self._makes_backups = makes_backups
        self._rows = RowByRow("troubles")
        self._looked_in_vain_at: datetime | None = None

    def run(self, now: datetime) -> None:
        in_vain = self._looked_in_vain_at
        if in_vain is not None and in_vain <= now < in_vain + REST:
            return
        with reading() as session:
            known, watching = open_troubles(session), watchers(session)
            found = (
                troubles_now(session, watching, now, makes_backups=self._makes_backups) if watching else {}
            )
        self._looked_in_vain_at = None if watching or known else now
        steps = steps_for(watching, found, known, now)
        self._rows.each(steps, lambda servicer_id: _do(steps[servicer_id]), now)


def steps_for(
    watching: Sequence[Watcher], found: Found, known: dict[tuple[int, str], Trouble], now: datetime
) -> dict[int, list[Step]]:
    """What is new and to be noted, by whose trouble it is."""
    steps: dict[int, list[Step]] = {}
    wanted: dict[tuple[int, str], Watcher] = {}
    for watcher in watching:
        for wish in watcher.wishes:
            key = (watcher.person.id, wish.subject)
            wanted[key], before = watcher, known.get(key)
            if key in found and is_wrong_news(watcher, wish, before, now):
                what: dict[str, Any] = {"wish": wish, "facts": found[key], "known": before}
                steps.setdefault(key[0], []).append(partial(note_wrong, watcher=watcher, now=now, **what))
    for key, trouble in known.items():
        by = wanted.get(key)
        if key not in found and is_gone_news(by, trouble, now):
            steps.setdefault(key[0], []).append(partial(note_gone, watcher=by, known=trouble, now=now))
    return steps


def _do(steps: Sequence[Step]) -> None:
    for step in steps:
        transaction(step)

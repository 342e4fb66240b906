"""Clears away what is over: old counters, sessions, links, letters and entries of the audit log."""

from datetime import datetime
from functools import partial

from models.audit import clear_old_entries
from models.browser_sessions import clear_old_sessions
from models.database import transaction
from models.letters import clear_old_letters
from models.limits import clear_old_counts
from models.links import clear_old_links

CLEARINGS = (clear_old_counts, clear_old_sessions, clear_old_letters, clear_old_links, clear_old_entries)


class Clearing:
    def sweep(self, now: datetime) -> None:
        for clear in CLEARINGS:
            transaction(partial(clear, now=now))

"""When the sending loop looks into the outbox: after any commit, when the next text is due, and now and then.

Most of the time there is nothing to send, and a look takes more CPU than asking for commits.
"""

import time
from collections.abc import Callable

from models.storage.commits import Commits

ANYWAY_SECONDS = 5.0


class Polling:
    def __init__(self, commits: Commits, now: Callable[[], float] = time.monotonic) -> None:
        self._commits = commits
        self._now = now
        self._found = True
        self._next_at = 0.0

    def is_due(self) -> bool:
        """Asked before each look, so that what is committed during one leads to another."""
        has_commits = self._commits.any_since()
        return has_commits or self._found or self._now() >= self._next_at

    def looked(self, *, found: bool, next_due: float = ANYWAY_SECONDS) -> None:
        """`found`: there were texts to send, or texts that wait for their number.

        `next_due`: seconds until the next text is due.
        """
        self._found = found
        self._next_at = self._now() + min(next_due, ANYWAY_SECONDS)

    def close(self) -> None:
        """At the end, and after a fault, as the connection may be gone too; the next look is due at once."""
        self._found = True
        self._commits.close()

"""How often programs may ask, and addresses try wrong keys. Counted in memory: neither a question nor a
refused try writes a row. With several web processes each counts for itself."""

import time

from flask import g

from web.http.problems import Problem

WINDOW_SECONDS = 60
MOST_REQUESTS = 600  # of one key
MOST_WRONG_KEYS = 30  # of one address
MOST_COUNTED = 20_000  # subjects; beyond, the counting begins anew


class Window:
    """Counts within the running minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._minute, self._counts = 0, dict[object, int]()

    def is_used_up(self, whose: object) -> bool:
        self._turn()
        return self._counts.get(whose, 0) >= self.most

    def count(self, whose: object) -> None:
        self._turn()
        self._counts[whose] = self._counts.get(whose, 0) + 1

    def _turn(self) -> None:
        minute = int(time.time()) // WINDOW_SECONDS
        if minute != self._minute or len(self._counts) > MOST_COUNTED:
            self._minute, self._counts = minute, {}


REQUESTS = Window(MOST_REQUESTS)
WRONG_KEYS = Window(MOST_WRONG_KEYS)


def require_room() -> None:
    """One more request of this key. Raises the Problem 429."""
    key_id = g.program.key_id
    if REQUESTS.is_used_up(key_id):
        raise too_often("too_many_requests", f"This key may ask {MOST_REQUESTS} times a minute.")
    REQUESTS.count(key_id)


def too_often(code: str, detail: str, seconds: int | None = None) -> Problem:
    wait = seconds or WINDOW_SECONDS - int(time.time()) % WINDOW_SECONDS
    return Problem(429, code, f"{detail} Nothing was changed.", headers={"Retry-After": str(wait)})

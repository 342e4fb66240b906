"""On a process's PYTHONPATH: its wall clock is off by the seconds that a file tells, and follows the file.

The monotonic clock goes on as ever, as on a host whose time somebody changes.
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import time_machine

LOOK_SECONDS = 0.05
WALL_IS_AHEAD = time.time() - time.monotonic()


def _offset() -> float:
    with open(os.environ["CLOCK_IS_OFF_BY"]) as file:
        return float(file.read())


def _there(offset: float) -> datetime:
    return datetime.fromtimestamp(WALL_IS_AHEAD + time.monotonic(), UTC) + timedelta(seconds=offset)


def _follow(clock: time_machine.Traveller, offset: float) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        if (now := _offset()) != offset:
            offset = now
            clock.move_to(_there(offset))


if "CLOCK_IS_OFF_BY" in os.environ:
    first = _offset()
    clock = time_machine.travel(_there(first), tick=True).start()
    threading.Thread(target=_follow, args=(clock, first), daemon=True).start()

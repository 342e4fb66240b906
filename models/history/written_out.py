"""Lines written out before anybody reads them: whoever downloads slowly must hold no snapshot.

On SQLite the log of changes (the -wal) grows for as long as somebody reads; Postgres ends the connection.
"""

import time
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile

IN_MEMORY = 1024 * 1024
# Under gevent another request gets its turn after so many.
LINES_IN_A_ROW = 50


def written_out(lines: Iterable[str]) -> Iterator[str]:
    """Takes all lines at once, and gives them back one by one, from a file where they are many."""
    kept = SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="utf-8", newline="")  # noqa: SIM115
    for count, line in enumerate(lines, start=1):
        kept.write(line)
        if count % LINES_IN_A_ROW == 0:
            time.sleep(0)
    kept.seek(0)
    return _read(kept)


def _read(kept: "SpooledTemporaryFile[str]") -> Iterator[str]:
    with kept:
        yield from kept

"""The door code: four consonants shown where a queue is, which prove that somebody who joins is there.

Computed from the installation's secret, the queue and the time, so no code is stored or looked up. Each is
shown for five minutes and stays good for five more, unless a manager makes new ones.

Beside each stands its proof, too long to be guessed, in the address that is scanned: tries at typed codes are
limited for all who share a connection, and whoever scans needs none.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from models.queueing.tables.queues import Queue
from models.storage.hashes import keyed_hash
from models.storage.rate_limits import Limit

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no code is a word
LENGTH = 4
SHAPE = re.compile(rf"[{LETTERS}]{{{LENGTH}}}")
SLOT = timedelta(minutes=5)
SLOTS_GOOD = 2
BOARD_KEY_LENGTH = 24
PROOF_LENGTH = 20
PROOF = re.compile(rf"[0-9a-f]{{{PROOF_LENGTH}}}")
# One in 80,000 is good. Each phone and each connection tries this many; a shop's guests may share the latter.
GUESSES = Limit("door codes", 20, timedelta(hours=1))
GUESSES_OF_ADDRESS = Limit("door codes of an address", 60, timedelta(hours=1))


class DoorCode(NamedTuple):
    """The code that is shown now, its proof, and for how many seconds more."""

    code: str
    proof: str
    seconds_shown: int

    @property
    def seconds_good(self) -> int:
        return self.seconds_shown + int((SLOTS_GOOD - 1) * SLOT.total_seconds())


def shown_code(queue: Queue, now: datetime) -> DoorCode | None:
    """None for a queue that asks for none."""
    if not queue.door_code:
        return None
    seconds = int(SLOT.total_seconds())
    slot = _slot(now)
    return DoorCode(_code(queue, slot), _proof(queue, slot), seconds - int(now.timestamp()) % seconds)


def good_codes(queue: Queue, now: datetime) -> tuple[str, ...]:
    """The codes that let somebody join now; none for a queue that asks for none."""
    if not queue.door_code:
        return ()
    return tuple(_code(queue, _slot(now) - age) for age in range(SLOTS_GOOD))


def plain_code(typed: str) -> str:
    """As it is shown, however it was typed: in capitals or not, with spaces, hyphens or without."""
    return "".join(filter(str.isalnum, typed)).upper()


def is_good(queue: Queue, typed: str, now: datetime) -> bool:
    return plain_code(typed) in good_codes(queue, now)


def proven_code(queue: Queue, proof: str, now: datetime) -> str | None:
    """The code that this is the proof of, if it is good now."""
    slots = [_slot(now) - age for age in range(SLOTS_GOOD)] if queue.door_code and proof else []
    proven = [slot for slot in slots if hmac.compare_digest(proof.encode(), _proof(queue, slot).encode())]
    return _code(queue, proven[0]) if proven else None


def board_key(queue: Queue) -> str:
    """In the address of the board that shows the code; the board's usual address is known to everybody."""
    return keyed_hash(f"board with door code {_series(queue)}")[:BOARD_KEY_LENGTH]


def board_key_of(board_id: int, queues: Sequence[Queue]) -> str | None:
    """The same for a board of several queues; None if none of them asks for a code.

    Another one as soon as one of them has new codes, and when another that asks for one is on the board.
    """
    series = " ".join(sorted(_series(queue) for queue in queues if queue.door_code))
    return keyed_hash(f"board {board_id} with door codes {series}")[:BOARD_KEY_LENGTH] if series else None


def is_board_key(key: str | None, given: str) -> bool:
    """`key`: of the board that is asked for, or None if it shows no code."""
    return key is not None and hmac.compare_digest(given.encode(), key.encode())


def make_new_codes(queue: Queue) -> None:
    """The codes so far and the board's address have got around: neither is good any more.

    The queue must be locked.
    """
    queue.door_code_series += 1
    queue.revision += 1


def _series(queue: Queue) -> str:
    return f"{queue.id}.{queue.door_code_series}" if queue.door_code_series else str(queue.id)


def _slot(now: datetime) -> int:
    return int(now.astimezone(UTC).timestamp()) // int(SLOT.total_seconds())


def _proof(queue: Queue, slot: int) -> str:
    return keyed_hash(f"proof of door code {_series(queue)} {slot}")[:PROOF_LENGTH]


def _code(queue: Queue, slot: int) -> str:
    value = int(keyed_hash(f"door code {_series(queue)} {slot}"), 16)
    letters = []
    for _ in range(LENGTH):
        value, at = divmod(value, len(LETTERS))
        letters.append(LETTERS[at])
    return "".join(letters)

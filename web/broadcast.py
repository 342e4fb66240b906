"""Tells the open pages of this process what has changed in their queue: one watcher, one write to each page.

An open page is a socket and a parked greenlet: no database connection, no query, no thread of its own. The
watcher runs only while pages are open. What a change means to a page is the page's business: see
docs/decisions/0011 and 0012.
"""

import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress

import structlog
from sqlalchemy.orm import Session

from models.changes import Changes, Line, called_of, line_of
from models.database import database, reading

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 15.0
# The latest news wins. A call goes out at once; what only moves the end of the line may wait for more of it.
CALLS_APART_SECONDS = 0.1
NEWS_APART_SECONDS = 0.25
NEWS_APART_SECONDS_PER_PAGE = 0.0002  # writing to one takes some 0.000015
DEAD_AFTER_SECONDS = 45
PAGES_AT_A_TIME = 200
LONGEST_LINE = 2000
# What it costs to render one page, and some: news asks the pages to come for theirs over so much time.
SECONDS_PER_PAGE = 0.02
PAGES_AT_ONCE = 25
AFTER_NEWS_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0  # between looks, while the database does not answer

HEARTBEAT = b"event: alive\ndata:\n\n"


class OpenPage:
    """The stream of one browser. Whatever can't be written at once ends it: the page comes again."""

    def __init__(self, connection: socket.socket, *, is_chunked: bool, address: str = "") -> None:
        self.address = address
        self._socket = connection
        self._is_chunked = is_chunked
        self._is_ended = False
        _prepare(connection)

    def write(self, frames: dict[bool, bytes]) -> None:
        frame = frames[self._is_chunked]
        try:
            # Not send(): gevent's waits until a dead phone takes it, and all others with it.
            written = os.write(self._socket.fileno(), frame)
        except OSError:
            written = 0
        if written != len(frame):
            self.end()

    def end(self, last: bytes = b"") -> None:
        """Wakes whoever is parked here. `last` is written first where there is room."""
        was_ended, self._is_ended = self._is_ended, True
        if was_ended:
            return
        with suppress(OSError):
            if last and self._is_chunked:
                os.write(self._socket.fileno(), last)
            self._socket.shutdown(socket.SHUT_RDWR)

    def wait_until_closed(self) -> None:
        """Until the browser closes, or sends anything, which it has no reason to."""
        with suppress(OSError):
            self._socket.recv(1, socket.MSG_PEEK)


class Channel:
    """A queue that somebody watches: its pages, and the news they have."""

    def __init__(self, keyword: str, change: int, line: Line) -> None:
        self.keyword = keyword
        self.pages: set[OpenPage] = set()
        self.newest = change  # one not yet told, or the same as `change`
        self.learn(change, line)

    def learn(self, change: int, line: Line) -> None:
        self.change, self.line, self.told_at = change, line, time.monotonic()
        self.newest = max(self.newest, change)
        self._waiting = runs(line.waiting, LONGEST_LINE)

    def news_apart(self) -> float:
        """Seconds between two events that only move the end of the line."""
        return max(NEWS_APART_SECONDS, len(self.pages) * NEWS_APART_SECONDS_PER_PAGE)

    def news(self) -> bytes:
        waiting, is_cut = self._waiting
        spread = max(0, len(self.pages) - PAGES_AT_ONCE) * SECONDS_PER_PAGE
        words = {
            "change": self.change,
            "state": self.line.state,
            "present": self.line.present,
            "waiting": waiting,
            "cut": is_cut,
            "spread": round(spread, 2),
        }
        return f"id: {self.change}\ndata: {json.dumps(words, separators=(',', ':'))}\n\n".encode()


class Broadcast:
    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self._from: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self.is_ending: Callable[[], bool] = lambda: False  # whether the server is about to end

    def channel(self, keyword: str) -> Channel | None:
        """The queue's channel, with what is so now; None where there is no such queue."""
        known = self._channels.get(keyword)
        if known is not None:
            return known
        with reading() as session:
            found = line_of(session, keyword)
        if found is None:
            return None
        change, line = found
        return Channel(keyword, change, line)

    def count(self) -> int:
        return sum(len(channel.pages) for channel in self._channels.values())

    def count_from(self, address: str) -> int:
        return self._from[address]

    def open(self, page: OpenPage, channel: Channel) -> Channel:
        """From now on the page is told. What it was told before it may be older than the channel."""
        with self._lock:
            channel = self._channels.setdefault(channel.keyword, channel)
            channel.pages.add(page)
            self._from[page.address] += 1
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="broadcast", daemon=True)
                self._watcher.start()
        return channel

    def close(self, page: OpenPage, channel: Channel) -> None:
        with self._lock:
            if page in channel.pages:
                channel.pages.remove(page)
                self._from[page.address] -= 1
                self._from += Counter()  # keeps no address of whom nothing is open
            if not channel.pages and self._channels.get(channel.keyword) is channel:
                del self._channels[channel.keyword]

    # The watcher ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        changes, pause, beat_at = Changes(database()), AFTER_NEWS_SECONDS, time.monotonic()
        while self._is_needed():
            try:
                pause = AFTER_NEWS_SECONDS if self._look(changes) else changes.seconds_apart
            except Exception as error:
                if pause <= AFTER_NEWS_SECONDS:
                    log.warning("live pages wait for the database", exc_info=error)
                with suppress(Exception):
                    changes.close()
                pause = min(max(pause, AFTER_NEWS_SECONDS) * 2, LONGEST_PAUSE_SECONDS)
            if time.monotonic() - beat_at >= HEARTBEAT_SECONDS:
                beat_at = time.monotonic()
                self._write(HEARTBEAT, [p for c in self._all_channels() for p in c.pages])
            time.sleep(pause)
        changes.close()

    def _is_needed(self) -> bool:
        with self._lock:
            if self._channels and not self.is_ending():
                return True
            # In one step: a page that opens from here on begins a watcher of its own.
            self._watcher = None
            left = [page for channel in self._all_channels() for page in channel.pages]
        for page in left:
            page.end(last=b"0\r\n\r\n")
        return False

    def _look(self, changes: Changes) -> bool:
        """Whether there was something new, told or not."""
        keywords = sorted(self._channels)
        newest = changes.newest(keywords)
        is_new = False
        for channel in self._all_channels():
            if newest is not None and channel.keyword in keywords:
                self._note(channel, newest.get(channel.keyword))
            if channel.newest != channel.change:
                is_new = True
                self._tell(channel)
        return is_new

    def _note(self, channel: Channel, newest: int | None) -> None:
        if newest is not None:
            channel.newest = newest
            return
        for page in list(channel.pages):  # no such queue any more
            page.end()

    def _tell(self, channel: Channel) -> None:
        waited = time.monotonic() - channel.told_at
        if waited < CALLS_APART_SECONDS:
            return
        with reading() as session:
            # Reading a long line takes as long as a join: not before it is to be told.
            if waited < channel.news_apart() and not _is_urgent(session, channel):
                return
            found = line_of(session, channel.keyword)
        if found is not None:
            channel.learn(*found)
            self._write(channel.news(), channel.pages)

    def _write(self, event: bytes, pages: Iterable[OpenPage]) -> None:
        both = frames(event)
        for index, page in enumerate(list(pages), start=1):
            page.write(both)
            if index % PAGES_AT_A_TIME == 0:
                time.sleep(0)  # presses and texts come first

    def _all_channels(self) -> list[Channel]:
        return list(self._channels.values())


def _is_urgent(session: Session, channel: Channel) -> bool:
    return called_of(session, channel.keyword) != (channel.line.state, channel.line.present)


def frames(event: bytes) -> dict[bool, bytes]:
    """As it goes over the wire, by whether the answer is chunked."""
    return {True: b"%X\r\n%s\r\n" % (len(event), event), False: event}


def runs(numbers: Iterable[int], longest: int) -> tuple[str, bool]:
    """The line in its order, neighbours as ranges: "12-40,43,41"; and whether its end is cut off.

    It ends too where a number comes a second time, which happens in a line that went on overnight.
    """
    told: list[list[int]] = []
    seen: set[int] = set()
    length = 0
    for number in numbers:
        if number in seen or length > longest:
            return _joined(told), True
        seen.add(number)
        if told and told[-1][-1] == number - 1:
            told[-1][1:] = [number]
        else:
            told.append([number])
            length += 2 * (len(str(number)) + 1)
    return _joined(told), False


def _joined(told: list[list[int]]) -> str:
    return ",".join("-".join(str(number) for number in run) for run in told)


def _prepare(connection: socket.socket) -> None:
    """News goes out at once, and a phone that went away without a word is given up."""
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_SECONDS * 1000)

"""Sends queue changes to this process's open pages: one watcher thread, one write per page.

The watcher polls for commits of other processes; a commit of its own process wakes it at once.

An open page is a socket and a parked greenlet, without a database connection, query or thread of its own. The
watcher runs only while pages are open. Each page decides what a change means to it: see docs/decisions/0011
and 0012.
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
from sqlalchemy.engine import Connection

from models.queueing.line.page_changes import Changes, Line, called_of, line_of
from models.storage.database import database, reading_connection
from web.live.commit_bell import CommitBell

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 15.0
# Only the latest news is sent. Calls go out at once; changes at the end of the line are collected first.
SECONDS_BETWEEN_CALLS = 0.1
SECONDS_BETWEEN_NEWS = 0.25
SECONDS_BETWEEN_NEWS_PER_PAGE = 0.0002  # writing to one page takes about 0.000015
DEAD_AFTER_SECONDS = 45
PAGES_AT_A_TIME = 200
LONGEST_LINE = 2000
# A little more than rendering a page takes: pages are told to spread their requests over so much time each.
SECONDS_PER_PAGE = 0.02
PAGES_AT_ONCE = 25
AFTER_NEWS_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0  # between polls, while the database does not answer

HEARTBEAT = b"event: alive\ndata:\n\n"


class OpenPage:
    """The event stream of one browser. A write that would block ends it, and the page reconnects."""

    def __init__(self, connection: socket.socket, *, is_chunked: bool, address: str = "") -> None:
        self.address = address
        self._socket = connection
        self._is_chunked = is_chunked
        self._is_ended = False
        _set_socket_options(connection)

    def write(self, frames: dict[bool, bytes]) -> None:
        frame = frames[self._is_chunked]
        try:
            # Not socket.send(): under gevent it would wait for a dead phone, and block every other page.
            written = os.write(self._socket.fileno(), frame)
        except OSError:
            written = 0
        if written != len(frame):
            self.end()

    def end(self, last: bytes = b"") -> None:
        """Close the stream and wake its greenlet; `last` is written first if the socket has room."""
        was_ended, self._is_ended = self._is_ended, True
        if was_ended:
            return
        with suppress(OSError):
            if last and self._is_chunked:
                os.write(self._socket.fileno(), last)
            self._socket.shutdown(socket.SHUT_RDWR)

    def wait_until_closed(self) -> None:
        """Block until the browser closes the connection, or sends data, which it never needs to."""
        with suppress(OSError):
            self._socket.recv(1, socket.MSG_PEEK)


class Channel:
    """A watched queue: its open pages, and the news last sent to them."""

    def __init__(self, address: str, change: int, line: Line) -> None:
        self.address = address
        self.pages: set[OpenPage] = set()
        self.newest = change  # newest known change; not sent yet if it differs from `change`
        self.update(change, line)

    def update(self, change: int, line: Line) -> None:
        self.change, self.line, self.sent_at = change, line, time.monotonic()
        self.newest = max(self.newest, change)
        self._waiting = number_ranges(line.waiting, LONGEST_LINE)

    def seconds_between_news(self) -> float:
        """Least seconds between two events that change only the end of the line."""
        return max(SECONDS_BETWEEN_NEWS, len(self.pages) * SECONDS_BETWEEN_NEWS_PER_PAGE)

    def news(self) -> bytes:
        waiting, is_cut = self._waiting
        spread = max(0, len(self.pages) - PAGES_AT_ONCE) * SECONDS_PER_PAGE
        words = {
            "queue": self.address,
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
        self._channels_of: Counter[OpenPage] = Counter()  # a board's page follows several
        self._pages_by_address: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self.is_ending: Callable[[], bool] = lambda: False  # whether the server is shutting down

    def channel(self, address: str) -> Channel | None:
        """The queue's channel with its current state; None if there is no such queue."""
        known = self._channels.get(address)
        if known is not None:
            return known
        with reading_connection() as connection:
            found = line_of(connection, address)
        if found is None:
            return None
        change, line = found
        return Channel(address, change, line)

    def count(self) -> int:
        return len(self._channels_of)

    def count_from(self, address: str) -> int:
        return self._pages_by_address[address]

    def open(self, page: OpenPage, channel: Channel) -> Channel:
        """Subscribe the page. The state it was sent before may be older than the returned channel's."""
        with self._lock:
            channel = self._channels.setdefault(channel.address, channel)
            channel.pages.add(page)
            if page not in self._channels_of:
                self._pages_by_address[page.address] += 1
            self._channels_of[page] += 1
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="broadcast", daemon=True)
                self._watcher.start()
        return channel

    def close(self, page: OpenPage, channel: Channel) -> None:
        with self._lock:
            if page in channel.pages:
                channel.pages.remove(page)
                self._channels_of[page] -= 1
                if not self._channels_of[page]:
                    del self._channels_of[page]
                    self._pages_by_address[page.address] -= 1
                    self._pages_by_address += Counter()  # drops addresses with no open page
            if not channel.pages and self._channels.get(channel.address) is channel:
                del self._channels[channel.address]

    # The watcher ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        watched, bell = database(), CommitBell()
        watched.after_commit.add(bell.ring)
        try:
            self._follow(Changes(watched), bell)
        finally:
            watched.after_commit.discard(bell.ring)

    def _follow(self, changes: Changes, bell: CommitBell) -> None:
        pause, beat_at = AFTER_NEWS_SECONDS, time.monotonic()
        while self._is_needed():
            is_quiet = False
            try:
                is_quiet = not self._look(changes)
                pause = changes.poll_seconds if is_quiet else AFTER_NEWS_SECONDS
            except Exception as error:
                if pause <= AFTER_NEWS_SECONDS:
                    log.warning("live pages wait for the database", exc_info=error)
                with suppress(Exception):
                    changes.close()
                pause = min(max(pause, AFTER_NEWS_SECONDS) * 2, LONGEST_PAUSE_SECONDS)
            if time.monotonic() - beat_at >= HEARTBEAT_SECONDS:
                beat_at = time.monotonic()
                self._write(HEARTBEAT, self._channels_of)
            if is_quiet:
                bell.wait(pause)
            else:
                time.sleep(pause)
        changes.close()

    def _is_needed(self) -> bool:
        with self._lock:
            if self._channels and not self.is_ending():
                return True
            # Under the lock: a page that opens after this starts a new watcher.
            self._watcher = None
            left = list(self._channels_of)
        for page in left:
            page.end(last=b"0\r\n\r\n")
        return False

    def _look(self, changes: Changes) -> bool:
        """Whether there was a change, sent or still held back."""
        addresses = sorted(self._channels)
        newest = changes.newest(addresses)
        is_new = False
        for channel in self._all_channels():
            if newest is not None and channel.address in addresses:
                self._apply_newest(channel, newest.get(channel.address))
            if channel.newest != channel.change:
                is_new = True
                self._send_news(channel)
        return is_new

    def _apply_newest(self, channel: Channel, newest: int | None) -> None:
        if newest is not None:
            channel.newest = newest
            return
        for page in list(channel.pages):  # the queue is gone
            page.end()

    def _send_news(self, channel: Channel) -> None:
        waited = time.monotonic() - channel.sent_at
        if waited < SECONDS_BETWEEN_CALLS:
            return
        with reading_connection() as connection:
            # Reading a long line costs as much as a join, so it is read only when it will be sent.
            if waited < channel.seconds_between_news() and not _is_urgent(connection, channel):
                return
            found = line_of(connection, channel.address)
        if found is not None:
            channel.update(*found)
            self._write(channel.news(), channel.pages)

    def _write(self, event: bytes, pages: Iterable[OpenPage]) -> None:
        both = frames(event)
        for index, page in enumerate(list(pages), start=1):
            page.write(both)
            if index % PAGES_AT_A_TIME == 0:
                time.sleep(0)  # lets button presses and texts run first

    def _all_channels(self) -> list[Channel]:
        return list(self._channels.values())


def _is_urgent(connection: Connection, channel: Channel) -> bool:
    return called_of(connection, channel.address) != (channel.line.state, channel.line.present)


def frames(event: bytes) -> dict[bool, bytes]:
    """The bytes to send, keyed by whether the response is chunked."""
    return {True: b"%X\r\n%s\r\n" % (len(event), event), False: event}


def number_ranges(numbers: Iterable[int], longest: int) -> tuple[str, bool]:
    """The line in order, with consecutive numbers as ranges: "12-40,43,41"; and whether it was cut off.

    It is also cut at the first repeated number, which occurs when a line continues overnight.
    """
    ranges: list[list[int]] = []
    seen: set[int] = set()
    length = 0
    for number in numbers:
        if number in seen or length > longest:
            return _ranges_text(ranges), True
        seen.add(number)
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
            length += 2 * (len(str(number)) + 1)
    return _ranges_text(ranges), False


def _ranges_text(ranges: list[list[int]]) -> str:
    return ",".join("-".join(str(number) for number in run) for run in ranges)


def _set_socket_options(connection: socket.socket) -> None:
    """Send small writes at once, and drop a connection whose phone vanished without closing it."""
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_SECONDS * 1000)

"""HTTP for the carrier's client: calls end within their limit, and it is known whether they connected at all.

No retries, no connection pool, and no logging, as addresses contain phone numbers.
"""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from config.settings import LOOPBACK

T = TypeVar("T")
LONGEST_WAIT_SECONDS = 3600.0

for talkative in ("twilio.http_client", "urllib3.connectionpool"):
    logging.getLogger(talkative).setLevel(logging.WARNING)

_this_thread = threading.local()


class CallAbandoned(Exception):
    """The call had not ended within its time limit."""


class Call:
    """One call to the carrier, run in a thread of its own so that it can't block its caller.

    The connection's time-outs limit each read; only this limits a server that sends single bytes, or a name
    look-up that hangs. An abandoned call can't begin to send any more: `connected` no longer changes.
    """

    def __init__(self) -> None:
        self.connected = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self._socket: socket.socket | None = None
        self._abandoned = False
        self._lock = threading.Lock()

    def run(self, work: Callable[[], T], *, limit: float) -> T:
        """Returns or raises what `work` does; raises CallAbandoned after `limit` seconds."""
        ended = threading.Event()
        results: list[T] = []
        faults: list[BaseException] = []

        def run_in_thread() -> None:
            _this_thread.call = self
            try:
                results.append(work())
            except BaseException as fault:
                faults.append(fault)
            finally:
                ended.set()

        threading.Thread(target=run_in_thread, name="carrier call", daemon=True).start()
        if not ended.wait(limit):
            self._abandon()
            raise CallAbandoned(f"no end within {limit:g} s")
        if faults:
            raise faults[0]
        return results[0]

    def begin_to_send(self, connected: socket.socket) -> None:
        with self._lock:
            if self._abandoned:
                raise CallAbandoned("connected too late")
            self.connected = True
            self._socket = connected

    @property
    def retry_after(self) -> float | None:
        """Seconds the carrier asked us to wait, at most an hour, from either form of Retry-After."""
        asked = self.headers.get("Retry-After", "").strip()
        try:
            seconds = float(asked) if asked[:1].isdigit() else _seconds_until(asked)
        except (ValueError, OverflowError):
            return None
        return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)

    @property
    def ahead_of_server(self) -> timedelta:
        """The time by which our clock is ahead of the server's, in whole minutes; 0 without a Date header."""
        try:
            seconds = -_seconds_until(self.headers.get("Date", ""))
        except (ValueError, OverflowError):
            return timedelta(0)
        return timedelta(minutes=round(seconds / 60))

    def _abandon(self) -> None:
        with self._lock:
            self._abandoned = True
            if self._socket is not None:
                # Ends the thread, which would otherwise stay for as long as the server sends single bytes.
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


def _seconds_until(moment: str) -> float:
    return (parsedate_to_datetime(moment).astimezone(UTC) - datetime.now(UTC)).total_seconds()


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _this_thread.call.begin_to_send(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _this_thread.call.begin_to_send(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


@dataclass(frozen=True)
class Answer:
    """What the carrier's client reads of a response."""

    status_code: int
    text: str
    headers: Mapping[str, str]


class CarrierHttp:
    """Replaces the client's own HTTP: with another base address, and a new connection for every request.

    A reset of an old idle connection would look like an unknown outcome.
    """

    def __init__(self, base_url: str | None, *, connect_seconds: float, read_seconds: float) -> None:
        self._base = urlsplit(base_url.rstrip("/")) if base_url else None
        self._timeouts = (connect_seconds, read_seconds)

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Answer:
        with Session() as session:
            session.mount("http://", _Adapter())
            session.mount("https://", _Adapter())
            # An emulator on this machine is not reached through the machine's proxy.
            session.trust_env = self._base is None or self._base.hostname not in LOOPBACK
            answer = session.request(
                method,
                self._rebased(uri),
                params=params,  # type: ignore[arg-type]
                data=data,
                headers=headers,
                auth=auth,
                timeout=self._timeouts,
                allow_redirects=allow_redirects,
            )
            _this_thread.call.status, _this_thread.call.headers = answer.status_code, answer.headers
            return Answer(answer.status_code, answer.content.decode("utf-8", "replace"), answer.headers)

    def _rebased(self, uri: str) -> str:
        if self._base is None:
            return uri
        asked = urlsplit(uri)
        path = self._base.path + asked.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))

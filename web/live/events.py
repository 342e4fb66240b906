"""`GET /events/<KEYWORD>`: server-sent events that tell an open page when its queue has changed.

Public like the board, and like it contains ticket numbers but no names. Pages fetch their content themselves.
"""

import math
import random
import resource
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Never

from flask import Blueprint, abort, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from models.queueing.tables.boards import Board, queues_on
from models.storage.database import reading
from web.http.client_address import client_address
from web.http.old_addresses import addresses_meant, queue_at
from web.live.broadcast import SECONDS_PER_PAGE, Broadcast, Channel, OpenPage, frames

MOST_PAGES = 15_000  # each is an open connection, and the web server accepts 20,000
ONE_SHARE = 4  # per address a quarter of them: enough for a campus behind one address
# A local proxy that forwards no client addresses stands for all clients, so it has no share.
THIS_MACHINE = ("127.0.0.1", "::/64")
LONGEST_RETRY_SECONDS = 30
RETRY_WITHOUT_SOCKET_SECONDS = 5
# Tells an open page that there is no crowd.
RESTARTS = "X-Restarts"

blueprint = Blueprint("live", __name__)


@blueprint.record
def begin(state: BlueprintSetupState) -> None:
    state.app.extensions["broadcast"] = Broadcast()


@blueprint.get("/events/<keyword>")
def follow(keyword: str) -> Response:
    """Sends the current state, then each change. Since the state comes first, a late page misses nothing."""

    def channels(broadcast: Broadcast) -> list[Channel]:
        meant = (broadcast.channel(address) for address in addresses_meant(keyword))
        return [next((found for found in meant if found is not None), None) or _gone(keyword)]

    return _answer(channels)


@blueprint.get("/events/board/<token>")
def follow_board(token: str) -> Response:
    """The same of all queues on a board: browsers allow too few connections for one each."""
    with reading() as session:
        board = Board.at(session, token) or abort(404)
        addresses = [row.queue.address for row in queues_on(session, board)]

    def channels(broadcast: Broadcast) -> list[Channel]:
        found = (broadcast.channel(address) for address in addresses)
        return [channel for channel in found if channel is not None]

    return _answer(channels)


def _answer(channels_of: Callable[[Broadcast], list[Channel]]) -> Response:
    broadcast: Broadcast = current_app.extensions["broadcast"]
    if broadcast.is_ending():  # the next process will be up in a moment
        refused = _refused(503, _spread(broadcast))
        refused.headers[RESTARTS] = "yes"
        return refused
    if broadcast.count() >= _most_pages():
        return _refused(503, LONGEST_RETRY_SECONDS)
    if _is_over_share(broadcast):
        return _refused(429, LONGEST_RETRY_SECONDS)
    channels = channels_of(broadcast) or abort(404)
    page = _open_page()
    if page is None or request.method == "HEAD":
        # Not our gunicorn: one event and the end of the response; the browser asks again.
        answer: Iterator[bytes] = iter([_retry(RETRY_WITHOUT_SOCKET_SECONDS) + _news(channels)])
    else:
        answer = _stream(broadcast, channels, page)
    response = Response(answer, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    # A proxy that compresses would hold events back: Caddy leaves alone what has an encoding already.
    response.headers["Content-Encoding"] = "identity"
    return response


def _gone(keyword: str) -> Never:
    """Leads on to the stream of the keyword that the queue has now."""
    with reading() as session:
        queue_at(session, keyword)
    abort(404)


def _stream(broadcast: Broadcast, channels: list[Channel], page: OpenPage) -> Iterator[bytes]:
    sent = [channel.change for channel in channels]
    yield _retry(random.uniform(1, _spread(broadcast))) + _news(channels)
    # The headers are out now, so the watcher may write to the same socket.
    opened: list[Channel] = []
    try:
        for channel, change in zip(channels, sent, strict=True):
            opened.append(broadcast.open(page, channel))
            if opened[-1].change != change:
                page.write(frames(opened[-1].news()))
        page.wait_until_closed()
    finally:
        for channel in opened:
            broadcast.close(page, channel)


def _news(channels: list[Channel]) -> bytes:
    return b"".join(channel.news() for channel in channels)


def _open_page() -> OpenPage | None:
    """The connection, if the server exposes its socket and frames the response as we do; else None."""
    connection = request.environ.get("gunicorn.socket")
    protocol = request.environ.get("SERVER_PROTOCOL")
    if not isinstance(connection, socket.socket) or isinstance(connection, ssl.SSLSocket):
        return None
    if protocol not in ("HTTP/1.0", "HTTP/1.1"):
        return None
    return OpenPage(connection, is_chunked=protocol == "HTTP/1.1", address=client_address())


def _retry(seconds: float) -> bytes:
    return b"retry: %d\n" % (seconds * 1000)


def _refused(status: int, seconds: float) -> Response:
    return Response(status=status, headers={"Retry-After": str(math.ceil(seconds))})


def _spread(broadcast: Broadcast) -> float:
    """Seconds over which the open pages reconnect after a restart, so that they don't all come at once."""
    return min(LONGEST_RETRY_SECONDS, 1 + broadcast.count() * SECONDS_PER_PAGE)


def _is_over_share(broadcast: Broadcast) -> bool:
    address = client_address()
    share = max(1, _most_pages() // ONE_SHARE)
    return address not in THIS_MACHINE and broadcast.count_from(address) >= share


def _most_pages() -> int:
    """At most three quarters of the files this process may open; the rest is for everything else."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_PAGES if limit == resource.RLIM_INFINITY else min(MOST_PAGES, limit * 3 // 4)

"""`GET /events/<KEYWORD>`: tells an open page that its queue has changed, by server-sent events.

Public like the board, and in numbers like it: nobody is named. What a page then shows it fetches itself.
"""

import math
import random
import resource
import socket
import ssl
from collections.abc import Iterator

from flask import Blueprint, abort, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from bot.understanding import normal_keyword
from web.broadcast import SECONDS_PER_PAGE, Broadcast, Channel, OpenPage, frames
from web.client import client_address

MOST_PAGES = 15_000  # each is an open file, of which the web server takes 20,000
ONE_SHARE = 4  # one address holds a quarter of them at most, which is a full campus behind one connection
THIS_MACHINE = ("127.0.0.1", "::/64")  # a proxy here that tells no addresses stands for everybody
LONGEST_RETRY_SECONDS = 30
RETRY_WITHOUT_SOCKET_SECONDS = 5

blueprint = Blueprint("live", __name__)


@blueprint.record
def begin(state: BlueprintSetupState) -> None:
    state.app.extensions["broadcast"] = Broadcast()


@blueprint.get("/events/<keyword>")
def follow(keyword: str) -> Response:
    """Answers with what is so now, then with each change of it; a page that came late has missed nothing."""
    broadcast: Broadcast = current_app.extensions["broadcast"]
    if broadcast.is_ending():  # the next one is there in a moment
        return _refused(503, _spread(broadcast))
    if broadcast.count() >= _most_pages():
        return _refused(503, LONGEST_RETRY_SECONDS)
    if _has_its_share(broadcast):
        return _refused(429, LONGEST_RETRY_SECONDS)
    channel = broadcast.channel(normal_keyword(keyword)) or abort(404)
    page = _open_page()
    if page is None or request.method == "HEAD":
        # Another server than ours: the answer ends, and the browser asks again.
        answer: Iterator[bytes] = iter([_retry(RETRY_WITHOUT_SOCKET_SECONDS) + channel.news()])
    else:
        answer = _stream(broadcast, channel, page)
    response = Response(answer, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _stream(broadcast: Broadcast, channel: Channel, page: OpenPage) -> Iterator[bytes]:
    told = channel.change
    yield _retry(random.uniform(1, _spread(broadcast))) + channel.news()
    # Only now are the headers out, and another may write to the same socket.
    channel = broadcast.open(page, channel)
    try:
        if channel.change != told:
            page.write(frames(channel.news()))
        page.wait_until_closed()
    finally:
        broadcast.close(page, channel)


def _open_page() -> OpenPage | None:
    """The connection itself, where the server hands it out and writes to it as we do."""
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
    """The seconds over which the open pages come back after a restart, lest they come all at once."""
    return min(LONGEST_RETRY_SECONDS, 1 + broadcast.count() * SECONDS_PER_PAGE)


def _has_its_share(broadcast: Broadcast) -> bool:
    address = client_address()
    share = max(1, _most_pages() // ONE_SHARE)
    return address not in THIS_MACHINE and broadcast.count_from(address) >= share


def _most_pages() -> int:
    """Three quarters of the files that this process may open: the rest is for everything else."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_PAGES if limit == resource.RLIM_INFINITY else min(MOST_PAGES, limit * 3 // 4)

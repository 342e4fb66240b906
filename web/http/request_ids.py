"""Gives every request an id: it is in each log line, in the response headers and on the texts it causes.

Must be set up before every other request hook, so that no log line carries the previous request's id.
"""

import time

from flask import Flask, Response, g, request

from models.storage.request_id import begin_request, new_request_id, well_formed


def set_up(app: Flask) -> None:
    behind_proxies = bool(app.config["SETTINGS"].proxies)

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()
        g.request_id = new_request_id()
        begin_request(g.request_id)
        # Any client can send an id, so ours is the one that is stored; the proxy's is only logged.
        g.proxy_request_id = well_formed(request.headers.get("X-Request-Id")) if behind_proxies else None

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        begin_request(None)


def add_header(response: Response) -> None:
    response.headers["X-Request-Id"] = g.request_id

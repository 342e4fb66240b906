"""Limits how long a request body may take: a client that sends byte by byte would block a greenlet for ever.

gunicorn itself limits the headers (keepalive). Reads the body and nothing else of a request; of one that
breaks off, or comes in malformed chunks, nothing is done.
"""

from collections.abc import Callable

import gevent
from flask import Flask, request
from gevent import monkey
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestTimeout

BODY_SECONDS = 20  # enough for 256 KB from a slow phone


def set_up(app: Flask) -> None:
    app.before_request(_read_body)


def _read_body() -> None:
    if request.method == "POST":
        read_in_time(lambda: request.get_data(parse_form_data=True))


def read_in_time(read: Callable[[], object]) -> None:
    """Before anything else does, form or not; werkzeug caches it. Raises RequestTimeout, BadRequest."""
    if _waits_in_greenlets():
        try:
            with gevent.Timeout(BODY_SECONDS, RequestTimeout()):
                read()
        except (OSError, ParseException) as broken:
            raise BadRequest from broken


def _waits_in_greenlets() -> bool:
    return bool(monkey.is_module_patched("socket"))

"""How long a body may take to come: a form that drips in byte by byte would hold its place for ever.

The head of a request has gunicorn's own limit (keepalive). Reads the form and nothing else of a request.
"""

import gevent
from flask import Flask, request
from gevent import monkey
from werkzeug.exceptions import RequestTimeout

BODY_SECONDS = 20  # for 256 KB at most, by the slowest of phones


def set_up(app: Flask) -> None:
    app.before_request(_take_in_the_body)


def _take_in_the_body() -> None:
    """Before anything is looked up: whatever reads the form later finds it here already."""
    if request.method == "POST" and _waits_in_greenlets():
        with gevent.Timeout(BODY_SECONDS, RequestTimeout()):
            request.form  # noqa: B018


def _waits_in_greenlets() -> bool:
    return bool(monkey.is_module_patched("socket"))

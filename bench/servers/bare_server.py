"""gunicorn as web/http/server.py runs it, for the baseline, which has no pages to end."""

from web.http.server import *  # noqa: F403


def post_worker_init(worker: object) -> None:
    pass

"""gunicorn as web/server.py runs it, for the baseline, which has no pages to end."""

from web.server import *  # noqa: F403


def post_worker_init(worker: object) -> None:
    pass

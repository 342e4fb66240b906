"""Pages that listen to a queue's events."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from models.queueing.tables.queues import Queue
from tests.acceptance.installation import comes_true
from tests.web.listener import Listener, broadcast_of


@pytest.fixture
def listen(app: Flask, queue: Queue) -> Iterator[Callable[..., Listener]]:
    """Pages that follow CET236, closed when the test is over."""
    opened: list[Listener] = []

    def open_page(path: str = "/events/CET236", **values: str) -> Listener:
        opened.append(Listener(app, path, **values))
        return opened[-1]

    yield open_page
    for listener in opened:
        listener.close()
    assert comes_true(lambda: broadcast_of(app)._watcher is None)

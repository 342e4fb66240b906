"""Something that answers at the address of an installation."""

import threading
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path

import pytest

from config.settings import Settings
from tests.commands.replay.answering import Answering


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Settings]:
    """The settings of something that answers."""
    Answering.asked = []
    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Settings.from_environment({"DATA_DIR": str(tmp_path), "PORT": str(server.server_port)})
    server.shutdown()
    server.server_close()

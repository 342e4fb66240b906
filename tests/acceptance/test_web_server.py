"""gunicorn as the Procfile starts it: a reason not to start is printed in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import CODE

pytestmark = pytest.mark.acceptance


def start(folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [Path(sys.executable).parent / "gunicorn", "-c", "python:web.http.server", "app:create_app()"],
        cwd=CODE,
        env=os.environ | {"DATA_DIR": str(folder)} | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_bad_setting_stops_it(tmp_path: Path) -> None:
    done = start(tmp_path, WEB_WORKERS="none")
    assert done.returncode != 0
    assert done.stderr == "WEB_WORKERS must be a whole number from 1 to 64, not 'none'.\n"


def test_a_port_in_use_stops_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = start(tmp_path, PORT=str(port), HOST="127.0.0.1")
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"PORT {port} of HOST 127.0.0.1 can't be listened on")

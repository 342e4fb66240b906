"""gunicorn as the Procfile starts it: a reason not to start is printed in one line."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import CODE
from tests.acceptance.installation import SECONDS_TO_START, comes_true, free_port
from tests.guard import ends_with_us

pytestmark = pytest.mark.acceptance


GUNICORN = [str(Path(sys.executable).parent / "gunicorn"), "-c", "python:web.http.server", "app:create_app()"]


def start(folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        GUNICORN,
        cwd=CODE,
        env=os.environ | {"DATA_DIR": str(folder)} | environ,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_START,
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


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a web server that answers."""
    folder, port = tmp_path_factory.mktemp("web"), free_port()
    server = subprocess.Popen(
        [*GUNICORN],
        cwd=CODE,
        env=os.environ | {"DATA_DIR": str(folder), "PORT": str(port), "HOST": "127.0.0.1"},
        stderr=subprocess.DEVNULL,
    )
    ends_with_us(server)
    try:
        assert comes_true(lambda: is_listening(port), SECONDS_TO_START)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answer_to(port: int, path: str, *headers: str) -> tuple[str, str]:
    """The status line and the rest, over a socket of this machine."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall("\r\n".join(lines).encode())
        whole = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    status, _, rest = whole.partition("\r\n")
    return status, rest


@pytest.mark.parametrize(
    "header", ["PATH_INFO: /login", "SCRIPT_NAME: /healthz", "X-Forwarded-Prefix: /elsewhere"]
)
def test_no_header_changes_which_page_is_asked_for(answering: int, header: str) -> None:
    plain, with_header = answer_to(answering, "/healthz"), answer_to(answering, "/healthz", header)
    assert plain[0] == with_header[0] == "HTTP/1.1 200 OK"
    assert plain[1].rpartition("\r\n\r\n")[2] == with_header[1].rpartition("\r\n\r\n")[2]


@pytest.mark.parametrize("header", ["X-Forwarded-Host: shop.example", "Forwarded: host=shop.example"])
def test_no_header_changes_the_host_we_lead_to(answering: int, header: str) -> None:
    _, answer = answer_to(answering, "/control/", header)
    (location,) = (line for line in answer.splitlines() if line.lower().startswith("location:"))
    assert location.split(": ")[1].startswith("/login")

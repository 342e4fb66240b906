"""PgBouncer in front of the Postgres of the tests, as `python -m tests.proof --database pgbouncer` runs it.

Outside the quick suite, as it needs the program: on Debian `apt-get install pgbouncer`. PGBOUNCER names
another release than the installed one.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from models.storage.database import Database
from tests.acceptance.installation import free_port

PROGRAM = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
SECONDS_TO_START = 20
CONFIGURATION = """
[databases]
* = host={socket} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {servers}
max_client_conn = 200
logfile = {folder}/log
"""


@contextmanager
def pooled(url: str, mode: str = "transaction", *, servers: int = 5) -> Iterator[str]:
    """The address of the same database through a pooler with so many connections to the server."""
    server = make_url(url)
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o777)  # root's PgBouncer runs as `nobody`
        file = folder / "pgbouncer.ini"
        file.write_text(
            CONFIGURATION.format(
                socket=server.query["host"], port=port, mode=mode, servers=servers, folder=folder
            )
        )
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = subprocess.Popen([PROGRAM, "-q", *as_nobody, str(file)], stdin=subprocess.DEVNULL)
        try:
            address = f"postgresql+psycopg://postgres@127.0.0.1:{port}/{server.database}"
            _wait_for(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        here = Database(address)
        try:
            with here.reading():
                return
        except OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
        finally:
            here.close()
        time.sleep(0.1)

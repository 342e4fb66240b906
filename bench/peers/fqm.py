"""FQM (github.com/mrf345/FQM): a queue with printed or registered tickets, on Flask and SQLite.

People join and are called through its API, by a token. After a call the first tickets are read by it, in
place of the page, which would ask a server for translations. gunicorn runs it with its usual workers, as in
its image; without the image's Redis, what it would cache there stays in a process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import requests

from bench.peers.peer import STAFF, WORKERS, Installed, Peer, request, timed
from tests.acceptance.installation import free_port

# One office with one task, whose tickets are registered by name, not printed; and the token of the API. What
# it does by the clock is off: it would ask a server for spoken announcements. It waits for no threads of FQM.
SET_UP = """
import json, os, sys
from app.main import bundle_app
from app.database import AuthTokens, BackgroundTask, Office, Serial, Task, Touch_store
from app.middleware import db
app = bundle_app({"CLI_OR_DEPLOY": True})
with app.app_context():
    office = Office("Counter", "A")
    db.session.add(office)
    db.session.commit()
    task = Task("Help")
    task.offices.append(office)
    token = AuthTokens("the benchmark")
    db.session.add_all([task, token])
    Touch_store.get().n = True
    BackgroundTask.query.update({"enabled": False})
    db.session.commit()
    db.session.add(Serial(office_id=office.id, task_id=task.id, p=True))  # as its page for tasks does
    db.session.commit()
    made = {"token": token.token, "task": task.id, "office": office.id}
    print(json.dumps(made), flush=True)
os._exit(0)
"""


@contextmanager
def fqm(clone: Path, folder: Path) -> Iterator[Peer]:
    packages = ["-r", str(clone / "requirements" / "main.txt"), "gunicorn", "setuptools<70"]
    installed = Installed(clone, folder, packages)
    made = installed.ask("python", "-c", SET_UP)
    port, names = free_port(), count(1)
    address = f"http://127.0.0.1:{port}"
    asked = {"Authorization": f"Bearer {made['token']}"}

    def joins(many: int) -> list[bytes]:
        who = {"task_id": made["task"], "office_id": made["office"], "n": True}
        return [
            request("POST", "/api/v1/tickets/", who | {"name": f"Visitor {next(names)}"}, **asked)
            for _ in range(many)
        ]

    def press() -> float:
        def pull() -> requests.Response:
            requests.get(f"{address}/api/v1/tickets/pull", headers=asked, timeout=60).raise_for_status()
            return requests.get(f"{address}/api/v1/tickets/", headers=asked, timeout=60)

        return timed(pull)

    application = 'app.main:bundle_app({"CLI_OR_DEPLOY": True})'
    server = ["gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", application]
    with installed.serving(*server, url=f"{address}/api/v1/swagger.json") as pid:
        yield Peer("FQM", port, pid, joins, [press] * STAFF)

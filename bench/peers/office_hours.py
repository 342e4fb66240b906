"""Penn Labs' office-hours queue (github.com/pennlabs/office-hours-queue), on Django and Postgres.

Students join with a question. Assistants take one up and read the list again, as its page does. Everybody is
signed in by a session. As in its image, gunicorn runs it with uvicorn's workers; the channels of its live
pages stay within a process, which spares it Redis.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from pathlib import Path

import requests

from bench.peers.peer import STAFF, WORKERS, Installed, Peer, request, timed
from tests.acceptance.installation import free_port
from tests.postgres import fresh_postgres

BACKEND = "backend"
SETTINGS = """
from officehoursqueue.settings.base import *
DEBUG = False
"""
# An open queue of one course. Its sessions are made by Django's own test client.
SET_UP = """
import json
from django.contrib.auth import get_user_model
from django.test import Client
from ohq.models import Course, Membership, Queue, Semester
semester = Semester.objects.create(year=2026, term=Semester.TERM_FALL)
course = Course.objects.create(course_code="1", department="CIS", course_title="Title", semester=semester)
queue = Queue.objects.create(name="Help", description="Help", course=course, active=True)
def sessions(kind, many):
    found = []
    for number in range(many):
        user = get_user_model().objects.create(username=f"{kind}{number}")
        Membership.objects.create(course=course, user=user, kind=kind)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        found.append(client.cookies["sessionid"].value)
    return found
made = {"path": f"/courses/{course.id}/queues/{queue.id}/questions/"}
made["students"] = sessions(Membership.KIND_STUDENT, %d)
made["assistants"] = sessions(Membership.KIND_TA, %d)
print(json.dumps(made))
"""


@contextmanager
def office_hours(clone: Path, folder: Path, students: int) -> Iterator[Peer]:
    """With so many students, each of whom joins once."""
    with fresh_postgres(durable=True) as database:
        installed = Installed(
            clone,
            folder,
            _packages(clone),
            DATABASE_URL=database.replace("postgresql+psycopg", "postgres"),
            DJANGO_SETTINGS_MODULE="officehoursqueue.settings.measured",
        )
        (installed.root / BACKEND / "officehoursqueue" / "settings" / "measured.py").write_text(SETTINGS)
        installed.run("python", "manage.py", "migrate", "--noinput", within=BACKEND)
        made = installed.ask("python", "manage.py", "shell", "-c", SET_UP % (students, STAFF), within=BACKEND)
        port, path = free_port(), f"/api{made['path']}"
        address = f"http://127.0.0.1:{port}{path}"
        waiting_students, questions = iter(made["students"]), count(1)  # in the order of their ids

        def joins(many: int) -> list[bytes]:
            question = {"text": "How?", "tags": []}
            students = islice(waiting_students, many)
            return [request("POST", path, question, **_signed_in(student)) for student in students]

        def press(assistant: str) -> float:
            def take_up() -> requests.Response:
                given, headers = {"status": "ACTIVE"}, _signed_in(assistant)
                question = f"{address}{next(questions)}/"
                requests.patch(question, json=given, headers=headers, timeout=60).raise_for_status()
                return requests.get(address, headers=headers, timeout=60)

            return timed(take_up)

        server = ["gunicorn", "-w", str(WORKERS), "-k", "uvicorn.workers.UvicornWorker"]
        server += ["-b", f"127.0.0.1:{port}", "officehoursqueue.asgi:application"]
        with installed.serving(*server, url=f"http://127.0.0.1:{port}/api/health/", within=BACKEND) as pid:
            staff = [partial(press, assistant) for assistant in made["assistants"]]
            yield Peer("the office-hours queue", port, pid, joins, staff)


def _packages(clone: Path) -> list[str]:
    """All that it names but uwsgi, which isn't used here and would be compiled."""
    named = tomllib.loads((clone / BACKEND / "pyproject.toml").read_text())["project"]["dependencies"]
    return [each for each in named if not each.startswith("uwsgi")] + ["setuptools<70"]


def _signed_in(session: str) -> dict[str, str]:
    token = "a" * 32
    return {"Cookie": f"sessionid={session}; csrftoken={token}", "X_CSRFToken": token}

"""Forty customers join, are called and served by a program with a key, which is told of it by webhook; the
receiver fails half the time, and web and clock are killed meanwhile: `python -m tests.webhook_receiver`.

Says what arrived, and exits with 1 unless each event arrived, verified, in order for each ticket, and nothing
happened twice.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from config.settings import Settings
from models.people.programs.api_keys import Scope, make_key
from models.people.servicers import Servicer
from models.queueing.tables.events import Event
from models.storage.database import reading, transaction
from models.webhooks.endpoints import add_endpoint
from models.webhooks.event_types import OF_TICKET, WebhookType
from tests.acceptance.installation import Installation, free_port
from tests.browser.conftest import NO_CARRIER
from tests.fake_carrier import FakeCarrier
from tests.webhook_receiver import Receiver, receiving
from tests.world import NOON

WAIT_SECONDS = 900
MOST_KILLED = 8
VISIT = ["ticket.joined", "ticket.called", "ticket.served"]


class Program:
    """Sends each request again, by the same name, until it is answered."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = f"{url}/api/v1/queues/CET236", key

    def post(self, path: str, **body: object) -> dict[str, object]:
        named = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": uuid.uuid4().hex}
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = requests.post(f"{self._url}{path}", json=body, headers=named, timeout=20)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.ok:
                found: dict[str, object] = answer.json()
                return found
            may_come_right = answer.status_code >= 500 or "in_progress" in answer.text
            assert may_come_right or answer.status_code == 429, answer.text
            time.sleep(0.2)
        raise TimeoutError(path)


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--tickets", type=int, default=40)
    given.add_argument("--seed", type=int, default=1)
    asked = given.parse_args()
    chance, folder = random.Random(asked.seed), Path(tempfile.mkdtemp(prefix="webhooks-"))
    fails = random.Random(asked.seed)
    with receiving(answers=lambda _: fails.choice((204, 204, 503, None))) as receiver:
        shop = Installation(folder, FakeCarrier(), free_port(), WEBHOOK_ALLOWED_HOSTS=receiver.host)
        for name in NO_CARRIER:
            shop.environ.pop(name, None)
        try:
            shop.set_up("Rosa")
            create_app(Settings.from_environment(shop.environ))
            key, receiver.secret = transaction(lambda session: _prepared(session, receiver))
            shop.start("web"), shop.start("clock")
            shop.wait_until_ready()
            is_over, killed = threading.Event(), 0
            with ThreadPoolExecutor(1) as other:
                killing = other.submit(_kill_now_and_then, shop, chance, is_over)
                try:
                    _go_through(Program(shop.url, key), asked.tickets)
                    _wait_for(receiver, asked.tickets * len(VISIT))
                finally:
                    is_over.set()
                    killed = killing.result()
            return _judge(receiver, asked.tickets, killed)
        finally:
            shop.stop()
            shutil.rmtree(folder)


def _prepared(session: Session, receiver: Receiver) -> tuple[str, str]:
    boss, rosa = session.scalars(select(Servicer).order_by(Servicer.id)).all()
    rosa.calls_next_when_done = False
    of_boss = {"business_id": boss.business_id, "made_by_id": boss.id, "now": NOON}
    scopes = {Scope.READ, Scope.JOIN, Scope.SERVE}
    _, key = make_key(session, queue_id=None, name="The script", scopes=scopes, **of_boss)  # type: ignore[arg-type]
    events = [kind.value for kind in WebhookType]
    _, secret = add_endpoint(
        session, url=receiver.url, events=events, queue_ids=None, sees_people=False, **of_boss
    )  # type: ignore[arg-type]
    return key, secret


def _kill_now_and_then(shop: Installation, chance: random.Random, is_over: threading.Event) -> int:
    """SIGKILL, and another one is started. Gives how often."""
    killed = 0
    while killed < MOST_KILLED and not is_over.wait(chance.uniform(1, 5)):
        name = chance.choice(("clock", "clock", "web"))
        shop.kill(name)
        shop.start(name)
        killed += 1
    return killed


def _go_through(program: Program, tickets: int) -> None:
    """Every ticket from joining to the end."""
    for _ in range(tickets):
        number = program.post("/tickets", name="A guest")["number"]
        program.post("/call_next", servicer="rosa@example.com")
        program.post(f"/tickets/{number}/done", servicer="rosa@example.com")


def _wait_for(receiver: Receiver, many: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while len(receiver.taken) < many and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(3)  # whatever comes too much


def _judge(receiver: Receiver, tickets: int, killed: int) -> int:
    seen: dict[str, list[str]] = defaultdict(list)
    for said in receiver.taken:
        seen[said["data"]["id"]].append(said["type"])
    with reading() as session:
        happened = select(Event.ticket_id, Event.kind).where(Event.ticket_id.is_not(None)).order_by(Event.id)
        events: dict[str, list[str]] = defaultdict(list)
        for ticket_id, kind in session.execute(happened):
            if kind in OF_TICKET:
                events[f"t{ticket_id}"].append(OF_TICKET[kind].value)
    in_order = sum(seen[ticket] == kinds for ticket, kinds in events.items())
    once = sum(kinds == VISIT for kinds in events.values())
    print(f"{tickets} tickets; processes killed: {killed}; requests to the receiver: {receiver.asked}")
    print(f"events arrived: {len(receiver.taken)} of {tickets * len(VISIT)}; not verified: {receiver.forged}")
    print(f"tickets whose events arrived in order, each once: {in_order} of {tickets}")
    print(f"tickets to which nothing happened twice: {once} of {tickets}")
    is_right = in_order == once == len(events) == tickets and receiver.forged == 0
    print("all is right" if is_right else "SOMETHING IS WRONG")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())

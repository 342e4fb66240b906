"""The trial: under load a web and a clock host are cut off and killed, then the primary database fails over.

Afterwards every number and every turn text is there once. Prints what happened, and how long it took.
"""

import itertools
import random
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import requests
from sqlalchemy import create_engine, text

from bench import texts
from tests.acceptance.installation import PROCFILE, PUBLIC_URL, ROOT, Browser, set_up, settings
from tests.fake_carrier import FakeCarrier
from tests.scale_out.databases import Databases
from tests.scale_out.network import Host, enter, network

DB1, DB2 = Host("db1", 2), Host("db2", 3)
WEB1, WEB2 = Host("web1", 4), Host("web2", 5)
CLOCK1, CLOCK2 = Host("clock1", 6), Host("clock2", 7)
PEOPLE = Host("people", 10)
HOSTS = (DB1, DB2, WEB1, WEB2, CLOCK1, CLOCK2, PEOPLE)
PORT, KEYWORD = 8000, "CET236"
SECONDS_BETWEEN_JOINS = 0.05


class Trial:
    """The installation on its hosts, and what its people did and were told."""

    def __init__(self, folder: Path, databases: Databases, carrier: FakeCarrier) -> None:
        self.folder, self.databases, self.carrier = folder, databases, carrier
        self.told: dict[str, str] = {}  # the number each phone was told
        self.unanswered = 0
        self.over = threading.Event()
        self.environ = settings(carrier, PORT) | {
            "DATABASE_URL": databases.url,
            "SECRET_KEY": "the secret key of the trial",
            "WEB_WORKERS": "1",
            "TEXTS_PER_SECOND": "100",
            "SETTLE_SECONDS": "3",
            "LOG_LEVEL": "warning",
        }

    def set_up(self) -> None:
        set_up(self._command, self.carrier.number, "Rosa", "Luis")

    def start(self, host: Host) -> None:
        process = "web" if host.name.startswith("web") else "clock"
        environ = self.environ | {"HOST": host.address, "DATA_DIR": str(self.folder / host.name)}
        words = shlex.split(PROCFILE[process])
        host.start(*words, environ=environ, log=self.folder / f"{host.name}.log")
        if process == "web":
            until(lambda: is_answering(host), f"{host.name} answers", 60)

    def join_on_and_on(self) -> None:
        """One text after the other at whichever web host answers, as a balancer would have it."""
        for turn in itertools.count():
            if self.over.is_set():
                return
            [request] = texts.joins(
                1,
                public_url=PUBLIC_URL,
                token=self.carrier.auth_token,
                account=self.carrier.account_sid,
                to=self.carrier.number,
                keyword=KEYWORD,
            )
            self._post(request, (WEB1, WEB2) if turn % 2 else (WEB2, WEB1))
            time.sleep(SECONDS_BETWEEN_JOINS)

    def _post(self, request: bytes, hosts: tuple[Host, Host]) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.decode().partition(": ") for line in head.split(b"\r\n")[1:]]
        headers = {name: value for name, _, value in lines if name not in ("Connection", "Content-Length")}
        for host in hosts:  # the carrier tries again once, elsewhere; the sid is the same
            try:
                answer = requests.post(
                    f"http://{host.address}:{PORT}/webhooks/sms", data=body, headers=headers, timeout=(1, 10)
                )
            except requests.RequestException:
                continue
            if "You are number" in answer.text:
                number = answer.text.partition("You are number ")[2].split()[0]
                self.told[body.decode()] = number
                return
        self.unanswered += 1

    def serve_on_and_on(self, name: str, hosts: tuple[Host, Host]) -> None:
        """A servicer who presses, and goes to the other web host where one does not answer."""
        browsers: dict[str, Browser] = {}
        while not self.over.is_set():
            host = next((host for host in hosts if is_answering(host)), None)
            if host is None:
                time.sleep(0.2)
                continue
            try:
                browser = browsers.get(host.name) or signed_in(name, host)
                browsers[host.name] = browser
                page = browser.open(f"/control/{KEYWORD}")
                browser.press("Done" if "Done" in page.buttons else "Call next", page)
            except (requests.RequestException, AssertionError):
                time.sleep(0.2)
            time.sleep(random.uniform(0.1, 0.3))

    def follow(self, heard: list[float], hosts: tuple[Host, Host]) -> None:
        """An open page: when it fell silent, it comes again wherever it is answered."""
        for host in itertools.cycle(hosts):
            if self.over.is_set():
                return
            try:
                address = f"http://{host.address}:{PORT}/events/{KEYWORD}"
                with requests.get(address, stream=True, timeout=(1, 3), headers=NAMED) as page:
                    for line in page.iter_lines():
                        if line.startswith(b"data:"):
                            heard.append(time.monotonic())
                        if self.over.is_set():
                            return
            except requests.RequestException:
                time.sleep(0.2)

    def judge(self) -> list[str]:
        """What is not as it should be."""
        until(self._all_sent, "the outbox is empty", 90)
        engine = create_engine(self.databases.url)
        with engine.connect() as connection:
            numbers = [
                row[0] for row in connection.execute(text("SELECT number FROM tickets ORDER BY number"))
            ]
            rows = "SELECT state, count(*) FROM outbound_messages WHERE kind = 'your_turn' GROUP BY state"
            turn_texts: dict[str, int] = dict(connection.execute(text(rows)).tuples().all())
        engine.dispose()
        told = [int(number) for number in self.told.values()]
        turns = Counter(
            message.to for message in self.carrier.messages() if message.body.startswith("It's your turn")
        )
        wrong = []
        if numbers != list(range(1, len(numbers) + 1)):
            wrong.append("the numbers have a gap or a double")
        if len(set(told)) != len(told):
            wrong.append("two phones were told the same number")
        if set(told) - set(numbers):
            wrong.append(f"numbers that were told are lost: {sorted(set(told) - set(numbers))}")
        if any(count > 1 for count in turns.values()):
            wrong.append("somebody was told twice that it is their turn")
        # Whoever is done before the text could leave is not told any more.
        sent = sum(count for state, count in turn_texts.items() if state != "expired")
        if sent != sum(turns.values()):
            wrong.append(f"{sent} turn texts are noted as sent, the carrier has {sum(turns.values())}")
        print(f"{len(told)} told a number of {len(numbers)} given; {sum(turn_texts.values())} called,")
        print(f"{sum(turns.values())} told by text, {turn_texts.get('expired', 0)} done before that;")
        print(f"{self.unanswered} texts got no number (the phone would send again)")
        return wrong

    def _all_sent(self) -> bool:
        engine = create_engine(self.databases.url)
        with engine.connect() as connection:
            left = "SELECT count(*) FROM outbound_messages WHERE state IN ('waiting', 'sending', 'unknown')"
            return bool(connection.execute(text(left)).scalar_one() == 0)

    def _command(self, *words: str, given: str = "") -> None:
        flask = Path(sys.executable).parent / "flask"
        environ = self.environ | {"DATA_DIR": str(self.folder / "commands")}
        subprocess.run(
            [flask, *words], cwd=ROOT, env=environ, input=given, text=True, check=True, capture_output=True
        )


NAMED = {"Host": "queue.example.com"}


def signed_in(name: str, host: Host) -> Browser:
    browser = Browser.__new__(Browser)
    browser.url = f"http://{host.address}:{PORT}"
    browser.session = requests.Session()
    browser.session.trust_env = False
    return browser.sign_in(name)


def is_answering(host: Host) -> bool:
    try:
        return requests.get(f"http://{host.address}:{PORT}/healthz", timeout=1).status_code == 200
    except requests.RequestException:
        return False


def until(question: Callable[[], bool], what: str, seconds: float) -> float:
    """How long it took to come true."""
    began = time.monotonic()
    while not question():
        if time.monotonic() - began > seconds:
            sys.exit(f"After {seconds:.0f} s it is still not so that {what}.")
        time.sleep(0.05)
    return time.monotonic() - began


def heard_again(heard: list[float], since: float) -> Callable[[], bool]:
    return lambda: bool(heard) and heard[-1] > since


def main() -> None:
    with tempfile.TemporaryDirectory() as name, network(HOSTS):
        folder = Path(name)
        folder.chmod(0o755)
        enter(PEOPLE)
        databases = Databases(folder / "databases", DB1, DB2)
        databases.start()
        with FakeCarrier(
            public_url=PUBLIC_URL, app_url=f"http://{WEB1.address}:{PORT}", host=PEOPLE.address
        ) as carrier:
            trial = Trial(folder, databases, carrier)
            trial.set_up()
            try:
                sys.exit(run(trial))
            finally:
                trial.over.set()


def run(trial: Trial) -> int:
    for host in (WEB1, WEB2, CLOCK1, CLOCK2):
        trial.start(host)
    heard: list[float] = []
    crowd = [
        threading.Thread(target=trial.join_on_and_on, daemon=True),
        threading.Thread(target=trial.serve_on_and_on, args=("Rosa", (WEB1, WEB2)), daemon=True),
        threading.Thread(target=trial.serve_on_and_on, args=("Luis", (WEB2, WEB1)), daemon=True),
        threading.Thread(target=trial.follow, args=(heard, (WEB2, WEB1)), daemon=True),
    ]
    for person in crowd:
        person.start()
    time.sleep(8)
    print(f"{len(trial.told)} joined while all was well")

    cut = time.monotonic()
    WEB2.cut_off()
    CLOCK2.cut_off()
    back = until(heard_again(heard, cut + 0.5), "a page of the host that was cut off hears again", 30)
    print(f"web2 and clock2 cut off: its page heard again after {0.5 + back:.1f} s")
    time.sleep(5)
    WEB2.kill()
    CLOCK2.kill()
    WEB2.join()
    CLOCK2.join()
    trial.start(WEB2)
    trial.start(CLOCK2)
    time.sleep(4)

    cut = time.monotonic()
    CLOCK1.kill()
    before = len(trial.carrier.messages())
    over = until(lambda: len(trial.carrier.messages()) > before, "the other clock sends", 30)
    print(f"clock1 killed: the other sent after {over:.1f} s")
    trial.start(CLOCK1)
    time.sleep(2)

    cut = time.monotonic()
    DB1.kill()
    trial.databases.promote()
    had = len(trial.told)
    over = until(lambda: len(trial.told) > had, "people join at the promoted replica", 60)
    print(f"the primary killed, the replica promoted: the next number after {over:.1f} s")
    back = until(heard_again(heard, cut + over), "the page hears again", 30)
    print(f"its pages heard again after {over + back:.1f} s")
    time.sleep(6)
    trial.over.set()
    for person in crowd:
        person.join(20)
    wrong = trial.judge()
    print("\n".join(wrong) if wrong else "nothing lost, nothing doubled")
    return 1 if wrong else 0


if __name__ == "__main__":
    main()

"""`make bench`: signed texts that join, through the real web server, beside its emptiest page in one run.

Each figure is printed as a ratio to that baseline, since a bare number says more about the machine than about
the product. Rounds alternate, so that what else the machine does falls on both.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from bench import push
from config import CODE, Settings
from signing import signed

ROUNDS = 3
CLIENTS = 12
REQUESTS_PER_CLIENT = 25
OUR_NUMBER = "+15550100000"

numbers = count(2_000_000)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_web(Path(folder)) as settings:
        print(f"{CLIENTS} clients, a new connection for each request, SQLite, {ROUNDS} rounds")
        print(f"{'':10}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}{'ratio':>10}")
        ratios = []
        for _ in range(ROUNDS):
            baseline = round_of(lambda: get_healthz(settings))
            joins = round_of(lambda: join(settings))
            ratios.append(joins[0] / baseline[0])
            print(f"{'baseline':10}{line(baseline)}{1:10.2f}")
            print(f"{'joins':10}{line(joins)}{ratios[-1]:10.2f}")
        low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
        print(f"joins: {middle:.2f} of the baseline (spread {low:.2f}-{high:.2f})")
        push.main(settings, join)


@contextmanager
def running_web(folder: Path) -> Iterator[Settings]:
    """The web server as the Procfile runs it, on an empty migrated database with the demo's queue."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environ = plain | {"DATA_DIR": str(folder), "PORT": str(port), "LOG_LEVEL": "warning"}
    programs = Path(sys.executable).parent
    for command in ("migrate", "demo"):
        subprocess.run(
            [programs / "flask", "--app", "app", command],
            cwd=CODE,
            env=environ,
            check=True,
            capture_output=True,
        )
    web = subprocess.Popen(
        [programs / "gunicorn", "-c", "python:web.server", "app:create_app()"], cwd=CODE, env=environ
    )
    settings = Settings.from_environment(environ)
    try:
        wait_until_it_answers(settings)
        yield settings
    finally:
        web.terminate()
        web.wait()


def wait_until_it_answers(settings: Settings) -> None:
    for _ in range(200):
        try:
            return get_healthz(settings)
        except OSError:
            time.sleep(0.1)
    sys.exit("The web server did not start.")


def round_of(request: Callable[[], None]) -> tuple[float, list[float]]:
    """How many a second, and how long each took, in seconds."""
    took: list[float] = []
    failed: list[BaseException] = []

    def client() -> None:
        try:
            for _ in range(REQUESTS_PER_CLIENT):
                began = time.perf_counter()
                request()
                took.append(time.perf_counter() - began)
        except Exception as error:
            failed.append(error)

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    if failed:
        sys.exit(f"A request failed: {failed[0]!r}")
    return len(took) / (time.perf_counter() - began), took


def line(result: tuple[float, list[float]]) -> str:
    per_second, took = result
    percentiles = statistics.quantiles(took, n=100)
    return f"{per_second:10.0f}{percentiles[49] * 1000:10.1f}{percentiles[98] * 1000:10.1f}"


def get_healthz(settings: Settings) -> None:
    ask(settings, "GET", "/healthz", "", {})


def join(settings: Settings) -> None:
    number = next(numbers)
    text = {
        "AccountSid": settings.account_sid,
        "MessageSid": f"SM{number:032x}",
        "From": f"+1202{number}",
        "To": OUR_NUMBER,
        "Body": "DEMO",
        "NumMedia": "0",
    }
    signature = signed(f"{settings.public_url}/webhooks/sms", text, settings.auth_token)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(settings, "POST", "/webhooks/sms", urlencode(text), headers)
    if "number" not in answer:
        raise RuntimeError(f"no number was given: {answer}")


def ask(settings: Settings, method: str, path: str, body: str, headers: dict[str, str]) -> str:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        words = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        return words
    finally:
        connection.close()


if __name__ == "__main__":
    main()

"""Tries the product behind each proxy of `deploy/`: python -m tests.proxies [nginx haproxy apache caddy]

Over TLS and HTTP/2: pages, signed texts whose address has escapes in it, an address of its own that a client
claims, and how late changes reach an open page, also after 70 idle seconds (`--idle 3600`: after an hour).
Needs the four servers and curl: on Debian `apt-get install nginx-light haproxy apache2 caddy curl`.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from security.request_signatures import inbound_text_params, signed
from tests.acceptance.installation import Installation, comes_true, free_port
from tests.fake_carrier import FakeCarrier
from tests.proxies.servers import NAME, PROXIES, running
from tests.world import phone

PUBLIC_URL = f"https://{NAME}"
WEBHOOK = "/webhooks/sms?from=%C3%A9,b%2B1%2Fc~"  # escapes that a proxy might write otherwise
CHANGES = 10
IDLE_SECONDS = 70
LATE = 2.0


class Curl:
    """An HTTP/2 client that knows the proxy's certificate, and takes its address for the shop's."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.port = port
        self._words = ["curl", "-sS", "--http2", "--cacert", str(certificate), "--max-time", "7200"]
        self._words += ["--resolve", f"{NAME}:{port}:127.0.0.1"]

    def command(self, path: str, *words: str) -> list[str]:
        return [*self._words, *words, f"https://{NAME}:{self.port}{path}"]

    def ask(self, path: str, *words: str) -> tuple[str, str]:
        """Status and HTTP version as "200 2", and the body."""
        asked = self.command(path, "-w", "\n%{http_code} %{http_version}", *words)
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        body, _, answer = done.stdout.rpartition("\n")
        return answer or done.stderr, body


class OpenPage:
    """The stream of an open page; keeps when each event came."""

    def __init__(self, curl: Curl) -> None:
        self.came: list[float] = []
        self._process = subprocess.Popen(
            curl.command("/events/CET236", "-N", "--compressed"),
            stdout=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        event = "message"
        for line in self._process.stdout:
            if line.startswith("event:"):
                event = line.partition(":")[2].strip()
            elif line.startswith("data:") and event != "alive":
                self.came.append(time.monotonic())
            elif not line.strip():
                event = "message"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.proxies", description=__doc__)
    options.add_argument("proxies", nargs="*", metavar="PROXY", help="some of those in deploy/; else all")
    options.add_argument("--idle", type=int, default=IDLE_SECONDS, metavar="SECONDS")
    chosen = options.parse_args()
    failed = [name for name in chosen.proxies or PROXIES if not is_good(name, chosen.idle)]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def is_good(name: str, idle: int) -> bool:
    with (
        tempfile.TemporaryDirectory(prefix="proxies-") as folder,
        FakeCarrier(public_url=PUBLIC_URL) as carrier,
    ):
        Path(folder).chmod(0o755)
        ours, port = free_port(), free_port()
        shop = Installation(Path(folder) / "shop", carrier, ours, PUBLIC_URL=PUBLIC_URL)
        shop.set_up("Rosa")
        with shop.running(), running(name, Path(folder) / "proxy", port, ours):
            curl = Curl(port, Path(folder) / "proxy" / "cert")
            if not comes_true(lambda: curl.ask("/healthz")[0] == "200 2", 30):
                print(f"{name}: {curl.ask('/healthz')}", (Path(folder) / "proxy" / "log").read_text())
                return False
            problems = [*_problems(curl, shop, carrier), *_lateness(name, curl, shop, carrier, idle)]
    for problem in problems:
        print(f"{name}: {problem}")
    return not problems


def _problems(curl: Curl, shop: Installation, carrier: FakeCarrier) -> list[str]:
    found = []
    if (answer := curl.ask("/q/CET236")[0]) != "200 2":
        found.append(f"the queue's page: {answer}")
    if (answer := _text(curl, shop, carrier, phone(1), "CET236 Ana")) != "200 2":
        found.append(f"a signed text: {answer}")
    answer = curl.ask(
        WEBHOOK, "-d", "Body=CET236", "-H", "X-Forwarded-For: 8.8.8.8", "-H", "X-Twilio-Signature: no"
    )[0]
    seen = shop.logs()
    if answer != "403 2" or "8.8.8.8" in seen or "address=127.0.0.1" not in seen:
        found.append(f"a forged text, and an address that its sender claims: {answer}")
    return found


def _text(curl: Curl, shop: Installation, carrier: FakeCarrier, sender: str, body: str) -> str:
    form = inbound_text_params(
        sender, body, to=carrier.number, account_sid=shop.environ["TWILIO_ACCOUNT_SID"]
    )
    signature = signed(PUBLIC_URL + WEBHOOK, form, shop.environ["TWILIO_AUTH_TOKEN"])
    fields = [word for name, value in form.items() for word in ("--data-urlencode", f"{name}={value}")]
    return curl.ask(WEBHOOK, *fields, "-H", f"X-Twilio-Signature: {signature}")[0]


def _lateness(name: str, curl: Curl, shop: Installation, carrier: FakeCarrier, idle: int) -> list[str]:
    page = OpenPage(curl)
    try:
        if not comes_true(lambda: page.came, 20):
            return ["an open page gets no greeting"]
        late = [_seconds_until_told(page, curl, shop, carrier, phone(10 + each)) for each in range(CHANGES)]
        time.sleep(idle)
        after = _seconds_until_told(page, curl, shop, carrier, phone(99))
    finally:
        page.close()
    print(
        f"{name}: changes reach an open page {statistics.median(late):.2f} s after the answer to the text"
        f" (worst of {CHANGES}: {max(late):.2f}), after {idle} idle seconds {after:.2f}"
    )
    return [f"a change came {worst:.1f} s late" for worst in [max(*late, after)] if worst > LATE]


def _seconds_until_told(
    page: OpenPage, curl: Curl, shop: Installation, carrier: FakeCarrier, sender: str
) -> float:
    before = len(page.came)
    _text(curl, shop, carrier, sender, "CET236")
    answered = time.monotonic()
    if not comes_true(lambda: len(page.came) > before, 30):
        return 30.0
    return max(0.0, page.came[before] - answered)


if __name__ == "__main__":
    main()

"""An app for the fake carrier to call, and requests as the official client makes them."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import requests

from tests.fake_carrier import FakeCarrier

PUBLIC = "https://queue.example"
ANA, BEN = "+351910000001", "+351910000002"


class App:
    """Stands in for the product: keeps what is posted to it, and answers as `answers` says."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], str]] = []
        self.answers: dict[str, tuple[int, str, str]] = {}
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                posted = dict(parse_qsl(form, keep_blank_values=True))
                app.posts.append((self.path, posted, self.headers["X-Twilio-Signature"]))
                status, kind, content = app.answers.get(self.path, (204, "text/plain", ""))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def statuses(self, sid: str) -> list[str]:
        return [form["MessageStatus"] for _, form, _ in self.posts if form.get("MessageSid") == sid]


def address(carrier: FakeCarrier, rest: str) -> str:
    return f"{carrier.url}/2010-04-01/Accounts/{carrier.account_sid}{rest}.json"


def create(carrier: FakeCarrier, to: str = ANA, body: str = "Hello", **more: str) -> requests.Response:
    asked = {
        "To": to,
        "From": carrier.number,
        "Body": body,
        "StatusCallback": f"{PUBLIC}/webhooks/status?m=1",
    }
    auth = (carrier.account_sid, carrier.auth_token)
    return requests.post(address(carrier, "/Messages"), data=asked | more, auth=auth, timeout=2)


def read(carrier: FakeCarrier, rest: str, **query: Any) -> Any:
    auth = (carrier.account_sid, carrier.auth_token)
    answer = requests.get(address(carrier, rest), params=query, auth=auth, timeout=2)
    answer.raise_for_status()
    return answer.json()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

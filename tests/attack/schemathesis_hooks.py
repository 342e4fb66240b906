"""For schemathesis against a running installation: signs the webhooks as the carrier would, brings the token
of a page along, and with KEYWORD asks the API for a queue that is there. How to run it stands in
docs/threat-model.md; the suite itself does not need it.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
import schemathesis

sys.path.insert(0, str(Path(__file__).parents[2]))
from security.request_signatures import signed

ADDRESS = os.environ["PUBLIC_URL"]
TOKEN = (
    os.environ.get("TWILIO_AUTH_TOKEN") or Path(os.environ["DATA_DIR"], "pretend_token").read_text().strip()
)


API, KEYWORD = "/api/v1/queues/", os.environ.get("KEYWORD")


class AsTheyWould(requests.auth.AuthBase):
    """A webhook is signed; any other form has the token and the cookie of a page of ours."""

    def __init__(self) -> None:
        browser = requests.Session()
        html = browser.get(f"{ADDRESS}/login", timeout=10).text
        self.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)[1]
        self.cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def __call__(self, asked: requests.PreparedRequest) -> requests.PreparedRequest:
        path = urlsplit(asked.url).path
        kind = asked.headers.get("Content-Type", "")
        if path.startswith("/webhooks/"):
            self.sign(asked, is_form=kind.startswith("application/x-www-form-urlencoded"))
        elif asked.method == "POST" and "csrf_token" in (asked.body or b"").__str__():
            given = parse_qsl(_text(asked.body), keep_blank_values=True)
            asked.headers["Cookie"] = self.cookie
            asked.prepare_body(
                urlencode([*[p for p in given if p[0] != "csrf_token"], ("csrf_token", self.token)]), None
            )
            asked.headers["Content-Type"] = "application/x-www-form-urlencoded"
        return asked

    def sign(self, asked: requests.PreparedRequest, *, is_form: bool) -> None:
        form = parse_qs(_text(asked.body), keep_blank_values=True) if is_form else {}
        params = _Values(form)
        url = ADDRESS + asked.path_url
        asked.headers["X-Twilio-Signature"] = signed(url, params, TOKEN)


class _Values(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self[name]


def _text(body: str | bytes | None) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, given: Any) -> Any:
    """Made-up keywords name no queue: every other answer of the API would be 404."""
    is_api = KEYWORD and context.operation is not None and context.operation.path.startswith(API)
    return given | {"keyword": KEYWORD} if is_api and given else given


schemathesis.auth.set_from_requests(AsTheyWould())

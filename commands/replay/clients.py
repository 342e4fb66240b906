"""A phone and a servicer's browser for `flask replay`, which use the webhook and the pages as everybody does.

They speak HTTP to this machine's installation. A retry after a failure has the same MessageSid or press id,
so it counts once. They know nothing of the day that is played.
"""

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from config.settings import Settings
from security.request_signatures import inbound_text_params, signed

SECONDS_PER_ANSWER = 10.0
TIMEOUT_SECONDS = 30.0  # long enough for an installation that is just restarting
PAUSE_SECONDS = 0.5
LARGEST_ANSWER = 2_000_000
MOST_REDIRECTS = 3
SMS = "/webhooks/sms"


class Unreachable(Exception):
    """The installation does not answer, or not as it should; the message says why."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


class Installation:
    """The web process of these settings, on this machine; never used through a proxy."""

    def __init__(self, settings: Settings) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
        self.host, self.port = host, settings.port

    def __str__(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def ask(
        self, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """GET, or POST a form; retried for a while if nobody answers. Raises Unreachable."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                return self._ask(path, form, headers or {})
            except (OSError, HTTPException) as failure:
                if time.monotonic() > deadline:
                    raise Unreachable(f"{self} does not answer ({failure or 'nothing came'}).") from failure
            time.sleep(PAUSE_SECONDS)

    def answers(self) -> bool:
        try:
            return self._ask("/healthz", None, {}).status == 200
        except (OSError, HTTPException):
            return False

    def _ask(self, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection(self.host, self.port, timeout=SECONDS_PER_ANSWER)
        try:
            if form is None:
                connection.request("GET", path, headers=headers)
            else:
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", path, urlencode(form).encode(), headers | kind)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read(LARGEST_ANSWER))
        finally:
            connection.close()


@dataclass(frozen=True)
class Phone:
    """A made-up phone: posts its texts to the webhook, signed as by the carrier."""

    number: str
    our_number: str
    settings: Settings
    installation: Installation

    def text(self, body: str) -> str:
        """Send a text; returns the answer, "" for none. Raises Unreachable."""
        settings = self.settings
        form = inbound_text_params(self.number, body, to=self.our_number, account_sid=settings.account_sid)
        signature = signed(settings.public_url + SMS, form, settings.auth_token)
        answer = self.installation.ask(SMS, form, {"X-Twilio-Signature": signature})
        if answer.status != 200:
            raise Unreachable(
                f"the webhook answered {answer.status}: run this with the installation's own settings."
            )
        try:
            return "".join(ElementTree.fromstring(answer.body).itertext()).strip()
        except ElementTree.ParseError:
            raise Unreachable("the webhook's answer is no TwiML.") from None


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)  # only enabled ones


class Page(HTMLParser):
    """A parsed page: links and forms by their labels, whom the servicer serves, and the notices."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.notices: list[str] = []
        self.now_serving = ""
        self._form: Form | None = None
        self._link = ""
        self._words: list[str] | None = None  # of the button, link, heading or notice being read
        self._serving_follows = False
        self.feed(html)

    def form_of(self, button: str) -> Form | None:
        return next((form for form in self.forms if button in form.buttons), None)

    @property
    def first_in_line(self) -> str | None:
        """The number of the first who waits: each is a link to the ticket's page."""
        return next((words for words in self.links if words.isdecimal()), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif tag == "input" and self._form and "name" in given and given.get("type") != "checkbox":
            self._form.fields[given["name"]] = given.get("value", "")
        elif tag == "button":
            self._words = None if "disabled" in given else []
        elif tag == "a":
            self._link, self._words = given.get("href", ""), []
        elif tag == "h2" or "notice" in given.get("class", "").split():
            self._words = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if self._words is None or tag not in ("button", "a", "h2", "p"):
            return
        said, self._words = " ".join("".join(self._words).split()), None
        if tag == "button" and self._form:
            self._form.buttons.append(said)
        elif tag == "a":
            number = said.partition(" ")[0]  # a row of the line is one link: its number, then who it is
            self.links.setdefault(number if number.isdecimal() else said, self._link)
        elif tag == "h2":
            self._serving_follows = said == "Now serving"
        elif tag == "p":
            self.notices.append(said)

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)
        elif self._serving_follows and data.strip():
            self.now_serving, self._serving_follows = data.strip(), False


class Browser:
    """A servicer's browser without JavaScript; `page` is what it shows."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.page = Page("")
        self._path = "/"
        self._cookies: dict[str, str] = {}

    def sign_in(self, email: str, password: str) -> None:
        """Raises Unreachable if the sign-in fails."""
        self.open("/login")
        self.press("Sign in", email=email, password=password)
        if self._path.startswith("/login"):
            raise Unreachable(f"the sign-in page refused {email}: {' '.join(self.page.notices)}")

    def open(self, path: str) -> None:
        self._show(path, None)

    def follow(self, words: str) -> bool:
        """Follow the link with this label, if the page has it."""
        if words not in self.page.links:
            return False
        self.open(self.page.links[words].partition("#")[0])
        return True

    def press(self, button: str, **typed: str) -> bool:
        """Press the button of this name, if the page has it."""
        form = self.page.form_of(button)
        if form is None:
            return False
        self._show(form.action or self._path, form.fields | typed)
        return True

    def _show(self, path: str, form: dict[str, str] | None) -> None:
        for _ in range(MOST_REDIRECTS):
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            answer = self.installation.ask(path, form, {"Cookie": cookies} if cookies else {})
            self._keep_cookies(answer)
            if answer.status not in (301, 302, 303):
                break
            where = urlsplit(answer.header("location"))
            path, form = where.path + (f"?{where.query}" if where.query else ""), None
        if answer.status >= 500:
            raise Unreachable(f"{path} answered {answer.status}.")
        self.page, self._path = Page(answer.body.decode("utf-8", "replace")), path

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self._cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}


def first_numeral(text: str) -> int | None:
    found = re.search(r"\d+", text)
    return int(found[0]) if found else None

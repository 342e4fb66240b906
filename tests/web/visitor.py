"""Simulates a browser without JavaScript: opens pages, fills in fields, presses existing buttons.

Finds elements the way people and screen readers do: by button text, heading or label.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from flask import Flask

from models.people.browser_sessions import begin_session
from models.people.servicers import Servicer
from models.storage.database import transaction

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        words = (child if isinstance(child, str) else f" {child.text} " for child in self.children)
        return " ".join("".join(words).split())

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """All descendants with this tag and these attributes, in document order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                fits = tag in ("", child.tag) and attributes.items() <= child.attributes.items()
                found += ([child] if fits else []) + child.all(tag, **attributes)
        return found


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1].tag not in ("script", "style"):
            self._open[-1].children.append(data)


class Page:
    def __init__(self, status: int, html: str, path: str) -> None:
        builder = _Builder()
        builder.feed(html)
        self.status, self.html, self.path, self.root = status, html, path, builder.root

    @property
    def text(self) -> str:
        return self.root.all("main")[0].text

    @property
    def buttons(self) -> list[str]:
        """The names of the enabled buttons."""
        return [b.text for b in self.root.all("button") if "disabled" not in b.attributes]

    @property
    def headings(self) -> list[str]:
        return [e.text for e in self.root.all() if e.tag in ("h1", "h2", "h3")]

    @property
    def status_line(self) -> str:
        (line,) = self.root.all(role="status")
        return line.text

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.root.all(id="notices")[0].all("p")]

    @property
    def now_serving(self) -> str:
        (ticket,) = self.root.all("section", **{"aria-labelledby": "now-title"})
        assert ticket.all("h2")[0].text == "Now serving"
        return ticket.all("p")[0].text

    @property
    def waiting(self) -> list[str]:
        """The text of each row of the line."""
        lines = self.root.all("ol", **{"aria-labelledby": "waiting-title"})
        return [row.text for line in lines for row in line.all("li")]

    def form_of(self, button: str) -> tuple[str, dict[str, str]]:
        """The action and the fields of the form whose button has exactly this name."""
        forms = [form for form in self.root.all("form") if button in [b.text for b in form.all("button")]]
        assert len(forms) == 1, f"{len(forms)} forms with a button {button!r} among {self.buttons}"
        fields = [i for i in forms[0].all("input") if "name" in i.attributes]
        given = {i.attributes["name"]: i.attributes.get("value", "") for i in fields if _is_sent(i)}
        given |= {s.attributes["name"]: _chosen(s) for s in forms[0].all("select")}
        given |= {t.attributes["name"]: t.text for t in forms[0].all("textarea")}
        return forms[0].attributes.get("action", self.path), given


def _is_sent(field: Element) -> bool:
    return field.attributes.get("type") != "checkbox" or "checked" in field.attributes


def _chosen(select: Element) -> str:
    """The value that a browser would send: the selected option, or the first."""
    options = select.all("option")
    chosen = [option for option in options if "selected" in option.attributes] or options
    return chosen[0].attributes.get("value", chosen[0].text)


class Visitor:
    """One browser; `page` is the page shown."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page: Page

    def sign_in(self, servicer: Servicer) -> "Visitor":
        """Sign in without the form, which test_account.py tests."""
        now = datetime.now(UTC)
        key = transaction(lambda s: begin_session(s, servicer, browser="A browser", address="", now=now))
        with self.client.session_transaction() as session:
            session["_user_id"] = key
        return self

    def open(self, path: str) -> Page:
        return self._show(self.client.get(path, follow_redirects=True))

    def press(self, button: str, page: Page | None = None, **fields: str) -> Page:
        """Press a button of the page shown, or of an older page in another tab."""
        page = page or self.page
        assert button in page.buttons, f"{button!r} can't be pressed; there are {page.buttons}"
        action, given = page.form_of(button)
        return self._show(self.client.post(action, data=given | fields, follow_redirects=True))

    def _show(self, response: Any) -> Page:
        self.page = Page(response.status_code, response.text, response.request.full_path.rstrip("?"))
        return self.page

"""How a replay reads a page, and what its browser does when nobody answers."""

from pathlib import Path

import pytest

from commands.replay import clients
from commands.replay.clients import Browser, Installation, Page, Unreachable, first_numeral
from config.settings import Settings
from tests.commands.replay.answering import Answering

CONTROL = """<!doctype html><div id="notices"><p class="notice notice-ok">Taken &amp; back.</p></div>
<h1>Haircuts</h1><section><h2 class="ticket-label">Now serving</h2> <p class="ticket-number">26</p></section>
<form action="/control/X/start" method="post"><input type="hidden" name="csrf_token" value="abc">
<input type="hidden" name="press" value="1f"><input type="hidden" name="present" value="7">
<button class="btn">Start</button></form>
<form action="/control/X/undo"><input name="csrf_token" value="abc"><button disabled>Undo</button></form>
<h2>Waiting</h2><ol><li><a href="/control/X/ticket/8">27</a></li>
<li><a href="/control/X/ticket/9"><span>28</span> <span>Ana ×2</span></a></li></ol>
<a href="/account">Rosa</a>"""


def test_a_page_is_read_by_the_names_of_its_buttons() -> None:
    page = Page(CONTROL)
    form = page.form_of("Start")
    assert form is not None
    assert (form.action, form.fields) == (
        "/control/X/start",
        {"csrf_token": "abc", "press": "1f", "present": "7"},
    )
    assert page.form_of("Undo") is None
    assert page.form_of("Done") is None
    assert (page.now_serving, page.notices) == ("26", ["Taken & back."])
    assert (page.first_in_line, page.links["28"]) == ("27", "/control/X/ticket/9")
    assert Page("<a href=/account>Rosa</a>").first_in_line is None


def test_the_first_numeral_of_an_answer_is_the_number() -> None:
    assert first_numeral("You are number 12 for Lab 3, 2 ahead.") == 12
    assert first_numeral("Closed.") is None


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(clients, "TIMEOUT_SECONDS", 0.1)


def test_a_browser_tries_again_follows_redirects_and_keeps_its_cookies(
    answering: Settings, impatient: None
) -> None:
    browser = Browser(Installation(answering))
    browser.open("/first")
    assert browser.press("Go", note="ä b")
    assert not browser.press("Go")
    assert Answering.asked == [
        "GET /first",
        "GET /first",
        "GET /second?a=1 take_a_number=xyz",
        "POST /pressed press=1&note=%C3%A4+b",
    ]


def test_an_installation_that_never_answers_is_given_up(
    answering: Settings, impatient: None, tmp_path: Path
) -> None:
    nobody = Installation(Settings.from_environment({"DATA_DIR": str(tmp_path), "PORT": "1"}))
    assert not nobody.answers()
    with pytest.raises(Unreachable, match="does not answer"):
        nobody.ask("/")

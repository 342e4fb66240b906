"""The home page, and with pretend phones its links to the demo."""

from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor


def test_it_says_what_this_is_and_leads_to_the_sign_in(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/")
    assert page.headings[0] == "Take a number. Go for a coffee."
    assert page.root.all("a", href="/login")


def test_with_pretend_phones_it_leads_to_every_page_of_the_demo(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/")
    for path in ("/phones", "/q/CET236", "/control/CET236", "/q/CET236/board", "/q/CET236/poster"):
        assert page.root.all("a", href=path)


def test_without_a_queue_it_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.open("/")
    assert page.status == 200
    assert "flask setup --help" in page.text


def test_a_keyword_typed_there_opens_the_queue(queue: Queue, visitor: Visitor) -> None:
    assert visitor.open("/q?keyword=cet-236").path == "/q/CET236"
    assert visitor.open("/q?keyword=").path == "/"


def test_search_engines_are_kept_from_what_is_somebodys_own(visitor: Visitor) -> None:
    answer = visitor.client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert "Disallow: /t/" in answer.text
    assert "Disallow: /q/" not in answer.text

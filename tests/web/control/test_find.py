"""Finding somebody in a line that is too long to show."""

from collections.abc import Callable

import pytest

from models.people.audit_log import AuditAction, entries_of
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.visitor import Visitor
from tests.world import ANA, call_next, join, make_business, make_queue, phone
from web.account.phone_searches import PHONE_SEARCHES
from web.control import find, line


@pytest.fixture
def long_line(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "SHOWN_AT_MOST", 3)
    for index, name in enumerate(("Ana", "Ben", "Cai", "José", "Élodie")):
        join(queue, phone(index), name=name)


Find = Callable[[str], str]


@pytest.fixture
def found(rosas: Visitor) -> Find:
    return lambda words: rosas.open(f"/control/CET236/find?words={words}").text


@pytest.mark.usefixtures("long_line")
def test_the_page_shows_the_first_and_leads_to_the_rest(rosas: Visitor) -> None:
    page = rosas.open("/control/CET236")
    assert "Cai" in page.text
    assert "José" not in page.text
    assert "And 2 more." in page.text
    assert "Find somebody in line" in page.text
    assert "5 waiting" in page.text


@pytest.mark.usefixtures("long_line")
@pytest.mark.parametrize(
    ("words", "name"),
    [("4", "José"), ("josé", "José"), ("JOS", "José"), ("élo", "Élodie")],
    ids=["number", "name", "its beginning", "in other letters"],
)
def test_somebody_is_found_by_number_and_by_name(found: Find, words: str, name: str) -> None:
    page = found(words)
    assert "1 person found" in page
    assert name in page
    assert "3 ahead" in page or "4 ahead" in page


@pytest.mark.usefixtures("long_line")
def test_somebody_is_found_by_how_their_phone_ends_and_the_phone_is_not_shown(found: Find) -> None:
    ending = phone(3)[-4:]
    page = found(ending)
    assert "José" in page
    assert "1 person found" in page
    assert phone(3) not in page
    for more_or_less in (ending[-3:], phone(3)[-5:], phone(3)[1:], "0" + phone(3)[2:]):
        assert "José" not in found(more_or_less), "or the whole phone could be tried digit by digit"
    assert "José" in found("".join(chr(0x0660 + int(digit)) for digit in ending))


@pytest.mark.usefixtures("long_line")
def test_whoever_is_called_is_found_too_and_nobody_else_by_no_words(
    queue: Queue, rosa: Servicer, found: Find
) -> None:
    call_next(queue, rosa)
    assert "Called by Rosa" in found("Ana")
    assert "found" not in found("")
    assert "Nobody in this line matches that." in found("%25")


@pytest.mark.usefixtures("long_line")
def test_too_many_are_cut_and_said_to_be(found: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.control.views.MOST_FOUND", 1)
    monkeypatch.setattr(find, "MOST_FOUND", 1)
    page = found("n")
    assert "Showing the first 1" in page
    assert "Ben" not in page


def test_the_line_of_another_business_is_not_looked_through(rosas: Visitor) -> None:
    elsewhere = make_queue(make_business(name="Elsewhere", number="+15550109999"), "DMV")
    join(elsewhere, ANA, name="Ana")
    assert rosas.open("/control/DMV/find?words=Ana").status == 404


@pytest.mark.usefixtures("long_line")
def test_searches_for_phones_are_limited_and_in_the_audit_log(
    rosas: Visitor, found: Find, queue: Queue, rosa: Servicer
) -> None:
    endings = [f"{index:04}" for index in range(PHONE_SEARCHES.most)]
    for ending in endings:
        assert "many phones" not in found(ending)
    page = found(phone(3)[-4:])
    assert "You've searched for too many phones." in page
    assert "José" not in page
    assert "José" in found("José"), "names are found all the while"
    with reading() as session:
        entries = entries_of(session, queue.business_id, limit=500)
    searches = [entry for entry in entries if entry.action == AuditAction.SEARCHED_PHONES]
    assert len(searches) == len(endings)
    assert {(entry.servicer_id, str(entry.facts)) for entry in searches} == {(rosa.id, "{'queue': 'CET236'}")}

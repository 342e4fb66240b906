"""Desks on the manager's pages: added, renamed, retired."""

import pytest

from models.people.servicers import Servicer
from models.queueing.setup import queue_settings
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.visitor import Visitor
from tests.world import ANA, call_next, join, make_desk

PAGE = "/manage/queues/CET236/desks"


def desks(queue: Queue) -> list[str]:
    with reading() as session:
        return [desk.name for desk in session.get_one(Queue, queue.id).desks]


def test_a_desk_is_added_once(queue: Queue, rosas: Visitor) -> None:
    rosas.open(PAGE)
    assert rosas.press("Add", name=" Desk  3 ").notices == ["Desk 3 added."]
    assert rosas.press("Add", name="Desk 3").notices == ["Desk 3 already exists."]
    assert desks(queue) == ["Desk 3"]


def test_a_queue_has_so_many_desks_and_one_that_was_retired_comes_back(
    queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_settings, "MOST_DESKS", 1)
    make_desk(queue, "Desk 1")
    rosas.open(PAGE)
    rosas.press("Retire")
    page = rosas.press("Add", name="Desk 2")
    assert (page.status, "including retired ones. Rename one instead." in page.text) == (422, True)
    assert rosas.press("Add", name="Desk 1").notices == ["Desk 1 added."]
    assert desks(queue) == ["Desk 1"]


def test_a_desk_without_a_name_is_refused(queue: Queue, rosas: Visitor) -> None:
    rosas.open(PAGE)
    for name, words in (("", "Enter a name"), ("x" * 31, "Use at most 30 characters.")):
        page = rosas.press("Add", name=name)
        assert page.status == 422
        assert words in page.text
    assert desks(queue) == []


def test_a_desk_is_renamed_and_never_into_another(queue: Queue, rosas: Visitor) -> None:
    make_desk(queue, "Desk 1")
    rosas.open(PAGE)
    assert rosas.press("Rename", name="Window").notices == ["Renamed to Window."]
    rosas.press("Add", name="Desk 2")
    rosas.open(PAGE)
    desk = rosas.page.root.all("input", name="desk")[0].attributes["value"]
    token = rosas.page.form_of("Add")[1]["csrf_token"]
    answer = rosas.client.post(f"{PAGE}/rename", data={"csrf_token": token, "desk": desk, "name": "Desk 2"})
    assert answer.status_code == 422
    assert "Another desk in this queue has or had that name" in answer.text
    assert desks(queue) == ["Window", "Desk 2"]


def test_a_desk_is_retired_and_no_servicer_is_offered_it(
    queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    desk = make_desk(queue, "Desk 1")
    join(queue, ANA)
    call_next(queue, luis, desk=desk)
    rosas.open(PAGE)
    assert rosas.press("Retire").notices[0].startswith("Retired. We no longer call anyone there.")
    assert desks(queue) == []
    assert "Desk 1" not in [o.text for o in rosas.open("/control/CET236?still=1").root.all("option")]


def test_a_desk_of_another_queue_is_not_there(queue: Queue, rosas: Visitor) -> None:
    rosas.open(PAGE)
    token = rosas.page.form_of("Add")[1]["csrf_token"]
    for address in ("rename", "retire"):
        answer = rosas.client.post(
            f"{PAGE}/{address}",
            data={"csrf_token": token, "desk": "99", "name": "X"},
            follow_redirects=True,
        )
        assert "That desk no longer exists." in answer.text

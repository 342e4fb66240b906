"""What programs are told: the queue as its page has it, the line, a day's figures, the rows of the export."""

import csv
import io
import json

import pytest
from flask import Flask

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.api.program import Program, problem
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, call_next, join


@pytest.fixture
def busy(queue: Queue, rosa: Servicer) -> None:
    for phone, name in ((ANA, "Ana"), (BEN, "Ben"), (CAI, "=Cai")):
        join(queue, phone, name=name)
    call_next(queue, rosa)


def test_the_queue_is_told_as_its_public_page_has_it(app: Flask, program: Program, busy: None) -> None:
    assert program.get().get_json() == app.test_client().get("/q/CET236.json").get_json()


def test_the_line_is_told_in_order(program: Program, rosa: Servicer, busy: None) -> None:
    told = program.get("/line").get_json()
    assert [(each["number"], each["servicer"]) for each in told["now_serving"]] == [(1, rosa.email)]
    assert [(each["number"], each["ahead"], each["name"]) for each in told["waiting"]] == [
        (2, 0, "Ben"),
        (3, 1, "=Cai"),
    ]
    assert told["waiting_count"] == 2
    for each in told["waiting"]:
        assert program.get(f"/tickets/{each['id']}").get_json() == each
    assert len(program.get("/line", limit="1").get_json()["waiting"]) == 1
    assert problem(program.get("/line", limit="0")) == (422, "unfit")


def test_a_days_figures(program: Program, busy: None) -> None:
    told = program.get("/statistics", day="2026-03-10").get_json()
    assert (told["day"], told["joined"], told["wait"]["n"]) == ("2026-03-10", 3, 1)
    assert program.get("/statistics").get_json()["joined"] == 3
    assert program.get("/statistics", day="2026-03-09").get_json()["joined"] == 0
    for day in ("today", "2026-3-1", "20260310", "2026-W10-1", "9999-12-31", ""):
        assert problem(program.get("/statistics", day=day)) == (422, "unfit"), day


def test_the_export_has_the_rows_of_the_managers_csv(
    app: Flask, program: Program, rosa: Servicer, busy: None
) -> None:
    manager = Visitor(app).sign_in(rosa).client
    file = manager.get("/manage/statistics/tickets.csv?phones=1").data.decode("utf-8-sig")
    assert program.get("/export", format="csv").data.decode() == file
    lines = [json.loads(each) for each in program.get("/export").text.splitlines()]
    assert [each["name"] for each in lines] == ["Ana", "Ben", "=Cai"]
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [str(each["number"]) for each in lines] == [row["number"] for row in rows]
    assert [each["joined_at"] for each in lines] == [row["joined_at"].replace(" ", "T") for row in rows]


def test_an_export_is_in_the_audit_log(app: Flask, program: Program, rosa: Servicer, busy: None) -> None:
    program.get("/export")
    page = Visitor(app).sign_in(rosa).open("/manage/audit")
    assert "A program" in page.text
    assert "with phone numbers" in page.text


def test_the_days_of_an_export(program: Program, busy: None) -> None:
    assert program.get("/export", **{"from": "2026-03-01", "to": "2026-03-09"}).text == ""
    assert len(program.get("/export", **{"from": "2026-03-01"}).text.splitlines()) == 3
    for days in ({"from": "2026-03-11", "to": "2026-03-10"}, {"from": "2020-01-01"}, {"format": "xml"}):
        assert problem(program.get("/export", **days)) == (422, "unfit"), days


@pytest.mark.parametrize("path", ["", "/line", "/tickets/1", "/statistics", "/export"])
def test_a_question_that_is_misspelt_is_told(path: str, program: Program, busy: None) -> None:
    answer = program.get(path, fromm="2026-03-01")
    assert problem(answer) == (422, "unfit")
    assert list(answer.get_json()["fields"]) == ["fromm"]

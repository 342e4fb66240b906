"""`flask replay` before anything is played: what it refuses, its script for a file, how it reads a page."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from commands.replay import clients
from commands.replay.clients import Browser, Installation, Page, Unreachable, first_numeral
from commands.replay.plan import days_of, script_of
from commands.replay.play import Play
from commands.replay.stage import NOBODYS_PASSWORD, clear_stage, phones_near, set_stage
from config.settings import Settings
from models.history.file import read_history
from models.history.records import Record
from models.people.business import Business
from models.people.phone_numbers import is_e164
from models.people.servicers import Servicer
from models.queueing.tables.events import EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading, transaction
from tests.commands.conftest import Run, refusal
from tests.commands.records import at, record
from tests.world import ANA, BEN, NOON, call_next, join, line, make_queue, ticket

SAMPLE = Path(__file__).parents[3] / "docs" / "samples" / "day.csv"
HEAD = "number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n"


# What is refused ----------------------------------------------------------------------------------------


def test_it_is_refused_where_a_carrier_would_text_strangers(
    run_alone: Run, app: Flask, tmp_path: Path
) -> None:
    app.config["SETTINGS"] = Settings.from_environment(
        {
            "DATA_DIR": str(tmp_path),
            "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
            "TWILIO_AUTH_TOKEN": "2" * 32,
            "PUBLIC_URL": "https://queue.example.com",
        }
    )
    assert "would text strangers" in refusal(run_alone("replay", str(SAMPLE)), 1)


def test_it_is_refused_without_a_business(run: Run) -> None:
    assert "flask setup" in refusal(run("replay", str(SAMPLE)), 1)


def test_it_is_refused_where_nothing_runs(run: Run, business: Business, app: Flask, tmp_path: Path) -> None:
    app.config["SETTINGS"] = Settings.from_environment({"DATA_DIR": str(tmp_path), "PORT": "1"})
    assert "make run" in refusal(run("replay", str(SAMPLE)), 1)
    with reading() as session:
        assert Queue.named(session, "REPLAY") is None


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        ("x,,,,,,,\n", [], "line 2: joined_at is empty. (and 1 more lines)"),
        ("", [], "nobody in the file"),
        ("2,2026-03-10T09:30Z,,,,left,,\n", ["--day", "2026-03-12"], "day of the file to play: 2026-03-10."),
        ("1,2026-03-09T09:00Z,,,,left,,\n", ["--day", "2026-03-12"], "2026-03-09 to 2026-03-10, 2 days"),
        ("1,2026-03-09T09:00Z,,,,left,,\n", [], "Say with --day"),
        ("2,2026-03-10T09:30Z,,,,left,,\n", [], "Number 2 is there twice on 2026-03-10."),
    ],
)
def test_a_file_that_can_not_be_played_is_refused(
    run: Run, business: Business, tmp_path: Path, lines: str, options: list[str], words: str
) -> None:
    file = tmp_path / "day.csv"
    more = "2,2026-03-10T09:00Z,,,,left,,\n" if "x" not in lines else lines
    file.write_text(HEAD + lines + (more if lines else ""))
    assert words in refusal(run("replay", str(file), *options), 1)


def test_a_speed_below_life_is_refused(run_alone: Run) -> None:
    assert "--speed" in refusal(run_alone("replay", str(SAMPLE), "--speed", "0"), 2)


def test_the_sample_day_has_two_servicers_every_outcome_and_one_call_out_of_turn() -> None:
    records, faults = read_history(SAMPLE.read_bytes())
    assert (len(records), faults) == (40, [])
    assert {record.outcome.value for record in records} == {"served", "left", "no_show", "removed"}
    script = script_of(records)
    assert (script.servicers, script.mended) == (["Rosa", "Luis"], [])
    in_line: list[int] = []
    out_of_turn = []
    for act in script.acts:
        if act.kind == EventKind.JOINED:
            in_line.append(act.record.number)
        elif act.record.number in in_line:
            if act.kind == EventKind.CALLED and act.record.number != in_line[0]:
                out_of_turn.append(act.record.number)
            in_line.remove(act.record.number)
    assert out_of_turn == [21]


# The script ---------------------------------------------------------------------------------------------


def acts(*records: Record) -> list[str]:
    script = script_of(records)
    return [
        f"{act.at:%H:%M} {act.record.number} {act.kind}"
        + ("" if act.servicer is None else f" {script.servicers[act.servicer]}/{act.servicer}")
        for act in script.acts
    ]


def test_a_script_is_what_the_records_say_in_the_order_of_time() -> None:
    assert acts(
        record(1, "09:00", "09:05", "09:15", started="09:06"),
        record(2, "09:01", None, "09:04", TicketState.LEFT),
        record(3, "09:02", "09:15", "09:16", TicketState.NO_SHOW),
    ) == [
        "09:00 1 joined",
        "09:01 2 joined",
        "09:02 3 joined",
        "09:04 2 left",
        "09:05 1 called Rosa/0",
        "09:06 1 started Rosa/0",
        "09:15 1 served Rosa/0",
        "09:15 3 called Rosa/0",
        "09:16 3 no_show Rosa/0",
    ]


def test_a_servicer_of_the_file_who_serves_two_at_once_is_played_by_two() -> None:
    script = script_of(
        [
            record(1, "09:00", "09:05", "09:15"),
            record(2, "09:00", "09:10", "09:20"),
            record(3, "09:00", "09:15", "09:20"),
        ]
    )
    assert script.servicers == ["Rosa", "Rosa"]
    assert [act.servicer for act in script.acts if act.kind == EventKind.CALLED] == [0, 1, 0]


def test_a_call_before_the_joining_is_played_as_soon_as_it_can_be_and_told() -> None:
    wrong = record(1, "09:05", "09:04", "09:06")
    assert acts(wrong) == ["09:05 1 joined", "09:05 1 called Rosa/0", "09:06 1 served Rosa/0"]
    assert [str(fault) for fault in script_of([wrong]).mended] == ["line 1: called_at is before joined_at."]


def test_somebody_served_whom_nobody_called_is_called_when_done() -> None:
    assert acts(record(1, "09:00", None, "09:10")) == [
        "09:00 1 joined",
        "09:10 1 called ?/0",
        "09:10 1 served ?/0",
    ]


def test_days_are_the_files_own_whatever_our_zone() -> None:
    moments = ("2022-04-11T16:28:33+12:00", "2022-04-12T02:00:00+12:00", "2022-04-12T08:00:00+12:00")
    records = [
        Record(1, datetime.fromisoformat(m), None, None, None, TicketState.LEFT, None, 1, line=i)
        for i, m in enumerate(moments)
    ]
    days = days_of(records, day_start_hour=4)
    assert {day: len(of_day) for day, of_day in days.items()} == {date(2022, 4, 11): 2, date(2022, 4, 12): 1}


# The stage ----------------------------------------------------------------------------------------------


def stage(business: Business, servicers: list[str], keyword: str = "REPLAY") -> tuple[int, list[str]]:
    return transaction(
        lambda session: set_stage(session, business.id, keyword, servicers, password_hash="hash", now=NOON)
    )


def test_a_replay_has_a_queue_and_accounts_of_its_own(business: Business) -> None:
    queue_id, emails = stage(business, ["Rosa", "5"])
    with reading() as session:
        assert session.get_one(Queue, queue_id).keyword == "REPLAY"
        accounts = session.scalars(select(Servicer).order_by(Servicer.id)).all()
        assert [(a.email, a.name, a.calls_next_when_done, a.password_hash) for a in accounts] == [
            (emails[0], "Replay Rosa", False, "hash"),
            (emails[1], "Replay 5", False, "hash"),
        ]


def test_a_second_replay_uses_the_same_and_finds_it_empty_and_open(
    business: Business, rosa: Servicer
) -> None:
    queue_id, emails = stage(business, ["Rosa", "Luis"])
    with reading() as session:
        queue = session.get_one(Queue, queue_id)
    join(queue, ANA)
    join(queue, BEN)
    call_next(queue, rosa)

    def close(session: object) -> None:
        Queue.lock(session, queue_id).state = QueueState.PAUSED  # type: ignore[arg-type]

    transaction(close)
    assert stage(business, ["Rosa"]) == (queue_id, emails[:1])
    assert line(queue) == []
    assert [ticket(queue, number).state for number in (1, 2)] == ["removed", "removed"]
    with reading() as session:
        assert session.get_one(Queue, queue_id).state == QueueState.OPEN


def test_after_a_replay_nobody_can_sign_in_with_its_accounts_nor_join_its_queue(business: Business) -> None:
    queue_id, emails = stage(business, ["Rosa", "Luis"])
    transaction(lambda session: clear_stage(session, queue_id, now=NOON))
    with reading() as session:
        assert session.get_one(Queue, queue_id).state == QueueState.CLOSED
        assert [Servicer.by_email(session, e).password_hash for e in emails] == [NOBODYS_PASSWORD] * 2  # type: ignore[union-attr]


def test_a_queue_of_somebodys_own_is_never_a_stage(
    run: Run, business: Business, answering: Settings, app: Flask
) -> None:
    make_queue(business, "CET236")
    app.config["SETTINGS"] = answering
    assert "CET236 is a queue of yours" in refusal(run("replay", str(SAMPLE), "--queue", "cet236"), 1)


def test_made_up_phones_are_near_ours_all_different_and_not_those_in_the_browser(business: Business) -> None:
    with reading() as session:
        found = session.get_one(Business, business.id)
        phones = phones_near(found, 500)
    assert len(set(phones)) == 500
    assert all(
        is_e164(phone) and phone.startswith("+1555010") and int(phone[-4:]) >= 2000 for phone in phones
    )


# The doors ----------------------------------------------------------------------------------------------

CONTROL = """<!doctype html><div id="notices"><p class="notice notice-ok">Taken &amp; back.</p></div>
<h1>Haircuts</h1><section><h2 class="ticket-label">Now serving</h2> <p class="ticket-number">26</p></section>
<form action="/control/X/start" method="post"><input type="hidden" name="csrf_token" value="abc">
<input type="hidden" name="press" value="1f"><input type="hidden" name="present" value="7">
<button class="btn">Start</button></form>
<form action="/control/X/undo"><input name="csrf_token" value="abc"><button disabled>Undo</button></form>
<h2>Waiting</h2><ol><li><a href="/control/X/ticket/8">27</a></li>
<li><a href="/control/X/ticket/9">28</a></li></ol>
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


class _Answering(BaseHTTPRequestHandler):
    """Fails the first time, then answers; keeps the requests."""

    asked: list[str] = []

    def do_GET(self) -> None:
        type(self).asked.append(f"GET {self.path} {self.headers.get('Cookie', '')}".strip())
        if self.path == "/healthz" or len(self.asked) > 1:
            self.send_response(303 if self.path == "/first" else 200)
            self.send_header("Set-Cookie", "take_a_number=xyz; Secure; HttpOnly; Path=/")
            self.send_header("Location", "/second?a=1")
            self.end_headers()
            self.wfile.write(b"<form action=/pressed><input name=press value=1><button>Go</button></form>")
        else:
            self.connection.close()

    def do_POST(self) -> None:
        given = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).asked.append(f"POST {self.path} {given}")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Settings]:
    """The settings of something that answers."""
    _Answering.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Answering)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Settings.from_environment({"DATA_DIR": str(tmp_path), "PORT": str(server.server_port)})
    server.shutdown()
    server.server_close()


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
    assert _Answering.asked == [
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


# Playing ------------------------------------------------------------------------------------------------


class _Talking:
    """A phone that gets these answers."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.sent = list(answers), list[str]()

    def text(self, body: str) -> str:
        self.sent.append(body)
        return self.answers.pop(0)


def play(records: list[Record], phones: dict[int, _Talking]) -> tuple[Play, list[str]]:
    said: list[str] = []
    made = Play(script_of(records), "REPLAY", phones=phones, browsers=[], say=said.append)  # type: ignore[arg-type]
    made.run(speed=10_000)
    return made, said


def test_customers_text_the_keyword_with_their_party_and_leave_by_text() -> None:
    phone = _Talking("You are number 41 for Replay.", "41: you have left the queue.")
    left = Record(1, at("09:00"), None, None, at("09:01"), TicketState.LEFT, None, 3, line=2)
    made, said = play([left], {2: phone})
    assert phone.sent == ["REPLAY 3", "LEAVE"]
    assert said == ["09:00:00  41 joins (1 in the file)", "09:01:00  41 leaves"]
    assert (made.numbers, made.otherwise) == ({2: 41}, 0)


def test_who_got_no_number_is_told_and_the_day_goes_on() -> None:
    refused, start_session = _Talking("Haircuts is closed."), _Talking("You are number 1.", "You left.")
    records = [record(number, "09:00", None, "09:01", TicketState.LEFT) for number in (1, 2)]
    made, said = play(records, {1: refused, 2: start_session})
    assert said == [
        "09:00:00  ! 1: got no number, but Haircuts is closed.",
        "09:00:00  1 joins (2 in the file)",
        "09:01:00  ! 1: has no number yet",
        "09:01:00  1 leaves",
    ]
    assert made.otherwise == 2


def test_being_late_is_told_once_and_so_is_being_on_time_again(slow_phone: Callable[[str], _Talking]) -> None:
    phone = slow_phone("You are number 1.")
    records = [
        record(1, "09:00", None, "09:05", TicketState.LEFT),
        record(2, "09:01", None, "12:00", TicketState.LEFT),
    ]
    _, said = play(records, {1: phone, 2: _Talking("You are number 2.", "left")})
    assert [words for words in said if words.startswith("…")] == [
        "… 3:19:00 of the day behind: catching up in order",
        "… on time again",
    ]


@pytest.fixture
def slow_phone(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], _Talking]:
    """The time of the play is ours, and this phone's text takes 1.2 s of it."""
    now = [0.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            return now[0]

        @staticmethod
        def sleep(seconds: float) -> None:
            now[0] += seconds

    monkeypatch.setattr("commands.replay.play.time", Time)

    class Slow(_Talking):
        def text(self, body: str) -> str:
            now[0] += 1.2 if body == "REPLAY" else 0
            return super().text(body)

    return lambda answer: Slow(answer, "left")

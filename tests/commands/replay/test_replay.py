"""`flask replay` before anything is played: what it refuses, and the queue and accounts it makes."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from commands.replay.stage import clear_stage, phones_near, set_stage
from config.settings import Settings
from models.people.business import Business
from models.people.phone_numbers import is_e164
from models.people.servicers import NOBODYS_PASSWORD, Servicer
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.commands.conftest import Run, refusal
from tests.commands.replay.samples import HEAD, SAMPLE
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next, join, line, make_queue, ticket


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
        assert Queue.at(session, "REPLAY") is None


@in_turn
@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        ("x,,,,,,,\n", [], "line 2: joined_at is empty. (and 1 more lines)"),
        ("", [], "The file has no tickets"),
        ("2,2026-03-10T09:30Z,,,,left,,\n", ["--day", "2026-03-12"], "day of the file to play: 2026-03-10."),
        ("1,2026-03-09T09:00Z,,,,left,,\n", ["--day", "2026-03-12"], "2026-03-09 to 2026-03-10, 2 days"),
        ("1,2026-03-09T09:00Z,,,,left,,\n", [], "Say with --day"),
        ("2,2026-03-10T09:30Z,,,,left,,\n", [], "Number 2 occurs twice on 2026-03-10."),
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
    assert "CET236 is one of your queues" in refusal(run("replay", str(SAMPLE), "--queue", "cet236"), 1)


def test_made_up_phones_are_near_ours_all_different_and_not_those_in_the_browser(business: Business) -> None:
    with reading() as session:
        found = session.get_one(Business, business.id)
        phones = phones_near(found, 500)
    assert len(set(phones)) == 500
    assert all(
        is_e164(phone) and phone.startswith("+1555010") and int(phone[-4:]) >= 2000 for phone in phones
    )

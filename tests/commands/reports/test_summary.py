"""`flask summary` prints the day in one line, or sends it to those who get it, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from jobs.reports.daily_summary import DailySummary
from jobs.reports.mail import FolderMailer
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.commands.conftest import Run, refusal
from tests.jobs.mail_server import MailServer
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next, join, make_business, make_servicer, minutes

DAY = ["--date", "2026-03-10"]


@pytest.fixture
def shop(queue: Queue, rosa: Servicer) -> Queue:
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON + minutes(12))
    return queue


@pytest.fixture
def server(app: Flask, tmp_path: Path) -> Iterator[MailServer]:
    """A mail server that the settings name."""
    with MailServer() as server:
        environ = {"DATA_DIR": str(tmp_path / "data"), "MAIL_URL": f"smtp://127.0.0.1:{server.port}"}
        app.config["SETTINGS"] = Settings.from_environment(environ)
        yield server


def written(settings: Settings) -> list[str]:
    return sorted(file.name for file in (settings.data_dir / "mail").glob("*"))


def test_it_prints_the_day_in_one_line(run: Run, shop: Queue) -> None:
    result = run("summary", *DAY)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Tue: nobody served, median wait 12 min, 1 still in line, busiest 12-13.\n"


def test_without_a_date_it_is_today(run: Run, queue: Queue) -> None:
    join(queue, ANA, datetime.now(UTC))
    assert "1 still in line" in run("summary").stdout


def test_a_day_without_anybody_is_no_zero(run: Run, queue: Queue) -> None:
    assert run("summary", *DAY).stdout == "Tue: nobody came.\n"


def test_printing_sends_nothing(run: Run, shop: Queue, settings: Settings) -> None:
    run("summary", *DAY)
    assert written(settings) == []


def test_without_a_mail_server_it_is_written_to_the_data_folder(
    run: Run, shop: Queue, rosa: Servicer, settings: Settings
) -> None:
    for _ in range(2):  # safe to repeat
        result = run("summary", *DAY, "--send")
        assert result.exit_code == 0
        assert result.stdout.splitlines()[-1] == f"{rosa.email}: sent."
    assert written(settings) == [f"summary-{rosa.business_id}-2026-03-10-{rosa.id}.eml"]
    (file,) = (settings.data_dir / "mail").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["To"] == f"Rosa <{rosa.email}>"
    assert "median wait 12 min" in mail["Subject"]


def test_it_is_sent_once_through_the_mail_server_also_beside_the_clock(
    run: Run, shop: Queue, business: Business, server: MailServer, tmp_path: Path
) -> None:
    make_servicer(business, "Eva", role=Role.MANAGER)
    assert run("summary", *DAY, "--send").exit_code == 0
    clock = DailySummary(
        FolderMailer(tmp_path / "clock"),
        sender="q@shop.example",
        public_url="https://q.example",
        secret_key="secret",
    )
    clock.run(NOON + timedelta(hours=8))
    run("summary", *DAY, "--send")
    assert len(server.mails) == 2
    assert not (tmp_path / "clock").exists()


def test_a_server_that_refuses_is_told_and_tried_again_by_the_clock(
    run: Run, shop: Queue, rosa: Servicer, server: MailServer
) -> None:
    server.answers = {"RCPT": "451 greylisted"}
    result = run("summary", *DAY, "--send")
    assert result.exit_code == 1
    assert f"{rosa.email}: not sent yet; the clock tries again (the recipient was" in result.stdout
    assert result.stderr == "Error: Not everybody got it.\n"


WEEK = ["--week", "--date", "2026-03-12"]


def test_a_week_in_one_line_is_that_of_the_date(run: Run, shop: Queue) -> None:
    line = "Week 9-15 Mar: nobody served, median wait 12 min, 1 still in line, busiest Tue.\n"
    assert run("summary", *WEEK).stdout == line


def test_without_a_date_it_is_the_last_week_that_is_over(run: Run, queue: Queue) -> None:
    now = datetime.now(UTC)
    join(queue, ANA, now - timedelta(weeks=1))
    join(queue, BEN, now)
    line = run("summary", "--week").stdout
    assert line.startswith("Week ")
    assert "1 not served by closing" in line, "the day has turned since, with BEN as the first"


def test_a_week_is_sent_once_beside_its_days(
    run: Run, shop: Queue, rosa: Servicer, settings: Settings
) -> None:
    run("summary", "--date", "2026-03-09", "--send")
    for _ in range(2):
        result = run("summary", *WEEK, "--send")
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"{rosa.email}: sent.")
    of = f"summary-{rosa.business_id}"
    assert written(settings) == [
        f"{of}-2026-03-09-{rosa.id}.eml",
        f"{of}-week-2026-03-09-{rosa.id}.eml",
    ]


def test_a_week_that_is_not_over_is_printed_and_not_sent(
    run: Run, queue: Queue, rosa: Servicer, settings: Settings
) -> None:
    today = datetime.now(UTC).date().isoformat()
    assert run("summary", "--week", "--date", today).exit_code == 0
    assert "not over" in refusal(run("summary", "--week", "--date", today, "--send"), 1)
    assert written(settings) == []


def test_nobody_to_send_it_to_is_refused(run: Run, queue: Queue, luis: Servicer) -> None:
    assert "Nobody gets the summary" in refusal(run("summary", "--send"), 1)


def test_among_several_businesses_one_must_be_named(run: Run, shop: Queue) -> None:
    make_business(name="Clinic", number="+15550100001")
    assert "'Clinic'" in refusal(run("summary", *DAY), 1)
    assert run("summary", *DAY, "--business", "Clinic").stdout == "Tue: nobody came.\n"


def test_the_hour_can_be_changed(run: Run, business: Business) -> None:
    told = run("summary", "--every-day-at", "8").stdout
    assert told == "The summary of Barber Lopes is now sent at 08:00, about the day before.\n"
    again = run("summary", "--every-day-at", "8").stdout
    assert again == "The summary of Barber Lopes is already sent at 08:00, about the day before.\n"
    assert "at 21:00, about that day" in run("summary", "--every-day-at", "21").stdout
    with reading() as session:
        assert session.get_one(Business, business.id).summary_hour == 21


def test_who_gets_it_can_be_changed(run: Run, rosa: Servicer, luis: Servicer) -> None:
    def told(*options: str, email: str = rosa.email) -> list[str]:
        result = run("servicer", "summary", email, *options)
        assert result.exit_code == 0
        return [str(line) for line in result.stdout.splitlines()]

    daily, weekly = (f"{rosa.email} gets the {period} summary" for period in ("daily", "weekly"))
    assert told() == [f"{daily} by mail.", f"{weekly} by mail."]
    assert told("--no-mail") == [f"{rosa.email} does not get the daily summary.", f"{weekly} by mail."]
    no_phone = "But there is no phone number to text yet."
    assert told("--texts", "--mail", "--no-weekly-mail") == [
        f"{daily} by mail and text.",
        f"{rosa.email} does not get the weekly summary.",
        no_phone,
    ]
    assert told("--no-texts", "--weekly-texts") == [f"{daily} by mail.", f"{weekly} by text.", no_phone]
    assert "But only managers get summaries." in told(email=luis.email)


@in_turn
@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["summary", "--date", "yesterday"], 2, "not a day"),
        (["summary", "--every-day-at", "24"], 2, "24"),
        (["summary", "--every-day-at", "8", "--send"], 2, "can't be combined"),
        (["summary", "--every-day-at", "8", "--week"], 2, "can't be combined"),
        (["summary"], 1, "flask setup"),
        (["servicer", "summary", "nobody@example.com"], 1, "no account"),
    ],
)
def test_bad_input_is_refused_in_one_line(run: Run, words: list[str], status: int, told: str) -> None:
    assert told in refusal(run(*words), status)

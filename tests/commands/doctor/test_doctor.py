"""`flask doctor` says what is wrong and how to mend it, and fails if anything is."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from commands.doctor import outside, storage
from config.settings import CODE, Settings
from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.people.our_numbers import add_number
from models.people.refused_countries import record_refusal
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.tables.queues import Queue
from models.storage import database
from models.storage.backup_schedule import record_backup
from models.storage.database import Database, transaction
from models.storage.heartbeats import record_heartbeat
from tests.commands.conftest import Run
from tests.fake_carrier import FakeCarrier
from tests.jobs.mail_server import MailServer
from tests.one_database import on_both
from tests.world import NOON, SHOP_PHONE, make_business

TWILIO = {
    "TWILIO_ACCOUNT_SID": f"AC{'1' * 32}",
    "TWILIO_AUTH_TOKEN": "a token for the tests",
    "PUBLIC_URL": "https://queue.example.org",
}


@pytest.fixture(autouse=True)
def our_address_leads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked over the network: tests/commands/doctor/test_public_address.py."""
    monkeypatch.setattr(outside, "public_address_problem", lambda settings: None)


def clock_ticks(ago: timedelta = timedelta(0)) -> None:
    transaction(lambda session: record_heartbeat(session, "test", datetime.now(UTC) - ago))


def lines_of(run: Run, status: int) -> dict[str, str]:
    """What it says of each thing: the last word where there are several."""
    result = run("doctor")
    assert result.exit_code == status, result.output
    return {line[7:].split()[0]: line for line in result.stdout.splitlines()}


def set_up(app: Flask, tmp_path: Path, **environ: str) -> None:
    app.config["SETTINGS"] = Settings.from_environment({"DATA_DIR": str(tmp_path / "data")} | environ)


def test_all_is_well(run: Run, business: Business) -> None:
    clock_ticks()
    lines = lines_of(run, 0)
    checked = "settings disk database clock backup business address carrier texts mail"
    assert list(lines) == checked.split(" ")
    assert all(line.startswith("ok ") for line in lines.values())


@pytest.mark.parametrize("ago", [None, timedelta(minutes=1)])
def test_a_clock_that_does_not_run(run: Run, business: Business, ago: timedelta | None) -> None:
    if ago:
        clock_ticks(ago)
    line = lines_of(run, 1)["clock"]
    assert line.startswith("WRONG")
    assert ("never seen" if ago is None else "last seen") in line
    assert "python -m jobs" in line


def test_an_installation_without_a_business(run: Run, db: Database) -> None:
    clock_ticks()
    assert "flask setup" in lines_of(run, 1)["business"]


def test_a_database_that_was_never_migrated(run_alone: Run, tmp_path: Path) -> None:
    made = database.connect(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    lines = lines_of(run_alone, 1)
    assert "flask migrate" in lines["database"]
    assert "clock" not in lines
    made.close()


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/at/all.sqlite3", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"],
)
def test_a_database_that_cannot_be_reached(run_alone: Run, url: str) -> None:
    made = database.connect(url)
    line = lines_of(run_alone, 1)["database"]
    assert "DATABASE_URL" in line
    assert "secret" not in line
    made.close()


def test_a_carrier_that_does_not_answer(app: Flask, run: Run, business: Business, tmp_path: Path) -> None:
    clock_ticks()
    set_up(app, tmp_path, **TWILIO, TWILIO_API_URL="http://127.0.0.1:1")
    assert "TWILIO_ACCOUNT_SID" in lines_of(run, 1)["carrier"]


@pytest.fixture
def twilio(app: Flask, tmp_path: Path) -> Iterator[FakeCarrier]:
    """A carrier in good order, which the settings name."""
    with FakeCarrier(public_url=TWILIO["PUBLIC_URL"], app_url="http://127.0.0.1:9") as carrier:
        account = {"TWILIO_ACCOUNT_SID": carrier.account_sid, "TWILIO_AUTH_TOKEN": carrier.auth_token}
        set_up(app, tmp_path, **TWILIO | account, TWILIO_API_URL=carrier.url)
        yield carrier


def test_a_carrier_in_order(run: Run, business: Business, twilio: FakeCarrier) -> None:
    clock_ticks()
    assert lines_of(run, 0)["carrier"].startswith("ok ")


def test_the_webhook_of_a_whatsapp_sender_is_named_though_it_is_not_looked_at(
    run: Run, business: Business, twilio: FakeCarrier
) -> None:
    clock_ticks()

    def work(session: Session) -> None:
        address = Address(Channel.WHATSAPP, SHOP_PHONE)
        add_number(session, session.get_one(Business, business.id), address, NOON)

    transaction(work)
    line = lines_of(run, 0)["channels"]
    assert f"whatsapp:{SHOP_PHONE} must be https://queue.example.org/webhooks/sms" in line


def test_a_webhook_that_leads_elsewhere(run: Run, business: Business, twilio: FakeCarrier) -> None:
    clock_ticks()
    twilio.numbers[SHOP_PHONE].sms_url = "https://elsewhere.example/sms"
    line = lines_of(run, 1)["carrier"]
    assert "https://elsewhere.example/sms instead of https://queue.example.org/webhooks/sms" in line


def test_a_number_that_is_not_the_accounts(run: Run, twilio: FakeCarrier, db: Database) -> None:
    clock_ticks()
    make_business(number="+15550109999")
    assert "+15550109999 is not a number of this Twilio account" in lines_of(run, 1)["carrier"]


@pytest.mark.parametrize(
    ("address", "told"), [("http://127.0.0.1:8000", "Twilio"), ("http://q.org", "https")]
)
def test_an_address_that_the_carrier_should_not_use(
    app: Flask, run: Run, business: Business, tmp_path: Path, address: str, told: str
) -> None:
    clock_ticks()
    set_up(app, tmp_path, **TWILIO | {"PUBLIC_URL": address}, TWILIO_API_URL="http://twilio.invalid")
    assert told in lines_of(run, 1)["settings"]


def test_an_emulator_on_this_machine_needs_no_https(
    app: Flask, run: Run, business: Business, twilio: FakeCarrier, tmp_path: Path
) -> None:
    clock_ticks()
    account = {"TWILIO_ACCOUNT_SID": twilio.account_sid, "TWILIO_AUTH_TOKEN": twilio.auth_token}
    here = {"PUBLIC_URL": "http://127.0.0.1:8000", "TWILIO_API_URL": twilio.url}
    set_up(app, tmp_path, **account, **here)
    connected = run("twilio", "connect")
    assert connected.exit_code == 0, connected.output
    assert all(line.startswith("ok ") for line in lines_of(run, 0).values())


def test_a_mail_server_is_there_or_not(app: Flask, run: Run, business: Business, tmp_path: Path) -> None:
    clock_ticks()
    with MailServer() as server:
        set_up(app, tmp_path, MAIL_URL=f"smtp://127.0.0.1:{server.port}")
        assert "answers, not encrypted, without signing in" in lines_of(run, 0)["mail"]
        assert server.mails == []
    line = lines_of(run, 1)["mail"]
    assert line.startswith("WRONG")
    assert "MAIL_URL" in line


def test_a_mail_server_is_tried_up_to_the_mail(
    app: Flask, run: Run, business: Business, tmp_path: Path
) -> None:
    """A wrong password, or a sender that the server does not let send, is found before a mail is missed."""
    clock_ticks()
    with MailServer(passwords=True) as server:
        set_up(app, tmp_path, MAIL_URL=f"smtp://rosa:secret@127.0.0.1:{server.port}")
        assert "answers, not encrypted, signed in" in lines_of(run, 0)["mail"]
        assert server.mails == []
    with MailServer({"AUTH": "535 5.7.8 wrong password"}, passwords=True) as server:
        set_up(app, tmp_path, MAIL_URL=f"smtp://rosa:secret@127.0.0.1:{server.port}")
        line = lines_of(run, 1)["mail"]
        assert "535 5.7.8 wrong password" in line
        assert "secret" not in line
    with MailServer({"MAIL": "553 5.7.1 not yours"}) as server:
        set_up(app, tmp_path, MAIL_URL=f"smtp://127.0.0.1:{server.port}", MAIL_FROM="shop@example.org")
        assert "553 5.7.1 not yours" in lines_of(run, 1)["mail"]


@on_both
def test_the_clock_of_the_database_is_compared(
    run: Run, business: Business, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_ticks()
    assert "server's clock" not in run("doctor").stdout
    if not db.is_sqlite:
        monkeypatch.setattr(storage, "CLOCKS_APART", timedelta(microseconds=-1))
        assert "the server's clock says" in run("doctor").stdout


def test_whoever_signs_up_needs_a_mail_server(
    app: Flask, run: Run, business: Business, tmp_path: Path
) -> None:
    clock_ticks()
    set_up(app, tmp_path, SIGNUP="open")
    assert "SIGNUP=open without MAIL_URL" in lines_of(run, 1)["mail"]


def test_the_backups_of_the_clock(app: Flask, run: Run, business: Business, tmp_path: Path) -> None:
    clock_ticks()
    set_up(app, tmp_path, BACKUP_DIR=str(tmp_path / "backups"))
    lines = lines_of(run, 1)
    assert "none in the last two days" in lines["backup"]
    assert lines["disk"].startswith("ok "), "the clock makes the folder"
    transaction(lambda session: record_backup(session, datetime.now(UTC) - timedelta(hours=30)))
    assert lines_of(run, 1)["backup"].startswith("WRONG  backup    the last one was made")
    transaction(lambda session: record_backup(session, datetime.now(UTC) - timedelta(hours=3)))
    assert "BACKUP_KEY is not set" in lines_of(run, 0)["backup"]


def test_a_disk_that_is_nearly_full(run: Run, business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_ticks()
    monkeypatch.setattr("commands.doctor.command.TOO_LITTLE_DISK", 2**70)
    assert "free some space" in lines_of(run, 1)["disk"]


def test_a_clock_whose_host_is_an_hour_ahead(run: Run, business: Business) -> None:
    clock_ticks(-timedelta(hours=1))
    line = lines_of(run, 1)["clock"]
    assert line.startswith("WRONG")
    assert "set the machines' time" in line


def test_a_default_that_refuses_most_phones_of_the_plan_is_told_until_it_is_decided(
    app: Flask, run: Run, business: Business, tmp_path: Path
) -> None:
    clock_ticks()
    transaction(lambda s: setattr(s.get_one(OurNumber, business.numbers[0].id), "phone", "+16045550100"))
    line = lines_of(run, 1)["countries"]
    assert "does not answer phones of US" in line
    assert "ALLOWED_COUNTRIES=CA,US" in line
    set_up(app, tmp_path, ALLOWED_COUNTRIES="CA")
    assert "countries" not in lines_of(run, 0)


def test_countries_that_were_refused_are_told(run: Run, business: Business) -> None:
    clock_ticks()
    number_id = business.numbers[0].id
    transaction(lambda s: setattr(s.get_one(OurNumber, number_id), "phone", "+12125550100"))
    transaction(lambda s: record_refusal(s, number_id, "+16045550101", datetime.now(UTC)))
    assert "does not answer phones of CA" in lines_of(run, 1)["countries"]


def test_a_business_on_rcs_alone_is_told_that_it_answers_nobody(
    run: Run, app: Flask, business: Business, tmp_path: Path
) -> None:
    clock_ticks()

    def only_rcs(session: Session) -> None:
        ours = session.get_one(OurNumber, business.numbers[0].id)
        ours.channel, ours.phone = Channel.RCS, "lopes_agent"

    transaction(only_rcs)
    line = lines_of(run, 1)["countries"]
    assert "rcs:lopes_agent answers nobody" in line
    assert "ALLOWED_COUNTRIES" in line
    set_up(app, tmp_path, ALLOWED_COUNTRIES="US")
    assert "countries" not in lines_of(run, 0)


def test_data_that_others_can_read(app: Flask, run: Run, business: Business, tmp_path: Path) -> None:
    clock_ticks()
    set_up(app, tmp_path)
    folder = tmp_path / "data"
    (folder / "queue.sqlite3").touch()
    (folder / "queue.sqlite3").chmod(0o644)
    folder.chmod(0o700)
    assert lines_of(run, 0)["disk"].startswith("ok")
    folder.chmod(0o755)
    line = lines_of(run, 1)["disk"]
    assert line.startswith("WRONG")
    assert f"chmod go-rwx {folder}" in line


def test_a_backup_that_others_can_read(app: Flask, run: Run, business: Business, tmp_path: Path) -> None:
    transaction(lambda session: record_backup(session, datetime.now(UTC)))
    clock_ticks()
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups").chmod(0o755)  # whatever this process's umask
    set_up(app, tmp_path, BACKUP_DIR=str(tmp_path / "backups"))
    (tmp_path / "backups" / "yesterday.backup").touch()
    (tmp_path / "backups" / "yesterday.backup").chmod(0o644)
    assert f"chmod go-rwx {tmp_path / 'backups'}" in lines_of(run, 1)["disk"]


@pytest.mark.acceptance
def test_what_is_made_in_a_folder_made_by_hand_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "by hand"
    folder.mkdir(mode=0o755)
    environ = os.environ | {"DATA_DIR": str(folder), "DATABASE_URL": ""}
    flask = Path(sys.executable).parent / "flask"
    subprocess.run([flask, "migrate"], cwd=CODE, env=environ, check=True, capture_output=True, timeout=240)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert "take-a-number.sqlite3" in modes
    assert set(modes.values()) == {0o600}


@on_both
def test_a_log_of_changes_that_grew_is_told(
    run: Run, business: Business, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not db.is_sqlite:
        pytest.skip("of SQLite")
    clock_ticks()
    monkeypatch.setattr("commands.doctor.storage.LARGE", 10)
    line = lines_of(run, 1)["database"]
    assert line.startswith("WRONG")
    assert "never finishes" in line


def test_a_day_that_ends_with_its_hours_is_told(run: Run, queue: Queue) -> None:
    clock_ticks()
    hours = (time(22), time(6))
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), EVERY_DAY, hours, now=datetime.now(UTC)))
    assert "CET236: 06:00, when it closes" in lines_of(run, 0)["days"]


def test_a_day_that_was_not_turned_is_told(run: Run, queue: Queue) -> None:
    clock_ticks()
    over = datetime.now(UTC) - timedelta(minutes=2)
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "day_ends_at", over))
    line = lines_of(run, 1)["days"]
    assert line.startswith("WRONG")
    assert "CET236" in line

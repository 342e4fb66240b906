"""`flask demo` makes a shop to try, only in an empty installation, and only with pretend phones."""

import json
import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from security.passwords import hash_password, is_password
from tests.commands.conftest import Run, refusal
from tests.world import make_business


def demo_manager() -> Servicer:
    with reading() as session:
        return session.scalars(select(Servicer)).one()


@pytest.fixture
def kept(settings: Settings) -> Path:
    return settings.data_dir / "demo-sign-in"


def test_it_makes_a_shop_with_a_queue_and_prints_how_to_sign_in(run: Run, kept: Path) -> None:
    result = run("demo")
    assert (result.exit_code, result.stderr) == (0, "")
    with reading() as session:
        business = session.scalars(select(Business)).one()
        assert business.name == "Demo Shop"
        numbers = [str(ours.address) for ours in business.numbers]
        assert numbers == ["+15550100000", "whatsapp:+15550100000", "rcs:demo_shop"]
        assert business.zone.key == business.timezone
        queue = session.scalars(select(Queue)).one()
        assert (queue.keyword, queue.state) == ("DEMO", QueueState.OPEN)
    manager = demo_manager()
    assert manager.role == Role.MANAGER
    password = kept.read_text().strip()
    assert is_password(password, manager.password_hash)
    assert kept.stat().st_mode & 0o777 == 0o600
    sign_in, email, secret = result.stdout.splitlines()
    assert sign_in.split() == ["Sign", "in", "http://127.0.0.1:8000/login"]
    assert email.split() == ["email", manager.email]
    assert secret.split() == ["password", password]


def test_it_prints_the_same_sign_in_again_and_makes_nothing_twice(run: Run) -> None:
    assert run("demo").stdout == run("demo").stdout
    with reading() as session:
        assert len(session.scalars(select(Business)).all()) == 1


def test_a_password_changed_since_is_not_printed(run: Run, kept: Path) -> None:
    run("demo")
    transaction(lambda s: s.scalars(select(Servicer)).one().set_password(hash_password("my own words")))
    assert "the one you have set since" in run("demo").stdout
    kept.unlink()
    assert "the one you have set since" in run("demo").stdout
    assert not kept.exists()


def test_beside_another_business_nothing_is_made_or_printed(run: Run, business: Business, kept: Path) -> None:
    result = run("demo")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no demo here" in result.stderr
    assert not kept.exists()
    with reading() as session:
        assert [b.id for b in session.scalars(select(Business))] == [business.id]


def test_once_there_is_a_business_of_ones_own_the_demo_is_not_offered(run: Run) -> None:
    run("demo")
    make_business(number="+15550100001")
    assert run("demo").stdout == ""


def test_never_where_a_carrier_is_configured(app: Flask, run: Run, tmp_path: Path) -> None:
    app.config["SETTINGS"] = Settings.from_environment(
        {
            "DATA_DIR": str(tmp_path / "data"),
            "TWILIO_ACCOUNT_SID": f"AC{'1' * 32}",
            "TWILIO_AUTH_TOKEN": "a token for the tests",
            "PUBLIC_URL": "https://queue.example.org",
        }
    )
    assert "carrier" in refusal(run("demo"), 1)
    with reading() as session:
        assert session.scalars(select(Business)).all() == []


def test_it_makes_the_folder_that_nothing_was_kept_in_yet(run: Run, kept: Path) -> None:
    shutil.rmtree(kept.parent)
    assert run("demo").exit_code == 0
    assert kept.read_text().strip()


def test_a_first_attempt_that_broke_off_leaves_a_password_that_works(run: Run, kept: Path) -> None:
    kept.write_text("left-from-before\n")
    assert "left-from-before" in run("demo").stdout
    assert is_password("left-from-before", demo_manager().password_hash)


def test_the_clock_hangs_where_the_machine_is(
    run: Run, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Havana")
    run("demo")
    with reading() as session:
        assert session.scalars(select(Business.timezone)).one() == "America/Havana"
    assert json.loads(run("stats", "DEMO", "--json").stdout)["joined"] == 0

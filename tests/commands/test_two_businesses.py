"""Commands where there are several businesses: a sign-up stops none of them, and what is unclear is asked."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from models.people.business import Business, OurNumber
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.commands.conftest import Run, refusal
from tests.one_database import in_turn
from tests.world import make_business, make_queue, make_servicer

WITH_KEYWORD = (
    ("queue", "hours", "CET236"),
    ("queue", "close", "CET236", "--yes"),
    ("queue", "open", "CET236"),
    ("desk", "add", "CET236", "Chair 1"),
    ("stats", "CET236"),
    ("stats", "CET236", "--csv", "days"),
    ("stats", "rebuild", "CET236"),
    ("history", "export", "CET236"),
    ("history", "import", "CET236", "FILE"),
)
OF_A_BUSINESS = (
    ("queue", "add", "SHAVES", "--name", "Shaves"),
    ("holiday", "add", "2026-12-25"),
    ("holiday", "list"),
    ("holiday", "remove", "2026-12-25"),
    ("summary",),
)


@pytest.fixture
def history(tmp_path: Path) -> str:
    file = tmp_path / "past.csv"
    file.write_text("number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n")
    return str(file)


def sign_up(name: str = "Stranger", keyword: str = "CET236") -> Business:
    """What a stranger has who signed up: a business and a queue, but no number."""
    made = make_business(name=name, number="+15550109999")
    transaction(lambda s: s.execute(delete(OurNumber).where(OurNumber.business_id == made.id)))
    make_queue(made, keyword, name="Nothing", namesake=2)
    return made


@pytest.mark.parametrize("command", [*WITH_KEYWORD, *OF_A_BUSINESS], ids=" ".join)
def test_a_sign_up_changes_no_command(
    run: Run, queue: Queue, rosa: Servicer, history: str, command: tuple[str, ...]
) -> None:
    sign_up()
    done = run(*[history if word == "FILE" else word for word in command])
    assert done.exit_code == 0, done.output
    assert "Nothing" not in done.stdout.replace("Nothing to do", ""), "of the stranger's queue"


@in_turn
@pytest.mark.parametrize("command", WITH_KEYWORD, ids=" ".join)
def test_a_keyword_of_several_asks_for_the_business(
    run: Run, queue: Queue, rosa: Servicer, history: str, command: tuple[str, ...]
) -> None:
    clinic = make_business(name="Clinic", number="+15550100001")
    make_queue(clinic, "CET236", name="Vaccines", namesake=2)
    words = [history if word == "FILE" else word for word in command]
    asks = "Several businesses have a queue 'CET236'. Say which with --business: 'Barber Lopes', 'Clinic'."
    assert asks in refusal(run(*words), 1)
    assert run(*words, "--business", "Clinic").exit_code == 0


def test_who_gives_rights_says_where(run: Run, business: Business) -> None:
    sign_up()
    add = ("servicer", "add", "nia@example.com", "--name", "Nia", "--role", "manager", "--password-stdin")
    for command, given in ((add, "long enough\n"), (("number", "add", "+15550100007"), None)):
        assert "Say which with --business" in refusal(run(*command, typed=given), 1)
        assert run(*command, "--business", "Barber Lopes", typed=given).exit_code == 0


def test_two_of_one_name_are_told_apart(run: Run, business: Business) -> None:
    same = sign_up(name="Barber Lopes")
    add = ("queue", "add", "SHAVES", "--name", "Shaves", "--business")
    line = refusal(run(*add, "Barber Lopes"), 1)
    assert f"#{business.id} (+15550100000), #{same.id} (no number)" in line
    assert run(*add, "+15550100000").exit_code == 0
    assert run("stats", "SHAVES", "--business", f"#{business.id}").exit_code == 0


def test_who_signs_up_under_anothers_id_gets_nothing_that_is_meant_for_it(
    run: Run, business: Business
) -> None:
    same = [sign_up(name="Barber Lopes"), make_business(name=f"#{business.id}", number="+15550108888")]
    add = ("queue", "add", "SHAVES", "--name", "Shaves", "--business")
    line = refusal(run(*add, "Barber Lopes"), 1)
    assert f"#{business.id} (+15550100000), #{same[0].id} (no number)" in line
    assert run(*add, f"#{business.id}").exit_code == 0
    with reading() as session:
        added = session.scalars(select(Queue).where(Queue.keyword == "SHAVES")).one()
        assert added.business_id == business.id
    assert f"#{same[1].id} (+15550108888)" in refusal(run("summary"), 1)


def test_setup_is_not_kept_from_a_name_that_somebody_signed_up(run: Run, business: Business) -> None:
    sign_up(name="Clinic")
    done = run(
        *("setup", "--business", "Clinic", "--timezone", "UTC", "--number", "+15550100001"),
        *("--email", "nora@example.com", "--name", "Nora", "--password-stdin"),
        typed="long enough\n",
    )
    assert done.exit_code == 0, done.output


def test_the_demo_is_still_shown(run: Run) -> None:
    run("demo")
    make_servicer(sign_up(), "Eve", role=Role.MANAGER)
    assert "demo@example.com" in run("demo").stdout

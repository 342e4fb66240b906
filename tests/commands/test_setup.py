"""`flask setup` makes the business and its first manager, once, and never changes what is there."""

from typing import Any

import pytest
from sqlalchemy import select

from models.people.business import Business, OurNumber
from models.people.servicers import Role, Servicer
from models.storage.database import reading
from security.passwords import is_password
from tests.commands.conftest import Run, refusal

ASKED = {
    "--business": "Barber Lopes",
    "--timezone": "Europe/Lisbon",
    "--number": "+15550100000",
    "--email": "Rosa@Example.com",
    "--name": "Rosa",
}
PASSWORD = "correct horse"


def setup(run: Run, password: str = PASSWORD, **changed: str) -> Any:
    asked = ASKED | {f"--{option}": value for option, value in changed.items()}
    words = [word for option in asked.items() for word in option]
    return run("setup", *words, "--password-stdin", typed=f"{password}\n")


def everything() -> list[Any]:
    with reading() as session:
        return [
            [tuple(row) for row in session.execute(select(table.__table__))]
            for table in (Business, OurNumber, Servicer)
        ]


def test_it_makes_the_business_its_number_and_a_manager_who_can_sign_in(run: Run) -> None:
    result = setup(run)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Barber Lopes" in result.stdout
    with reading() as session:
        business = session.scalars(select(Business)).one()
        assert (business.name, business.timezone) == ("Barber Lopes", "Europe/Lisbon")
        assert [ours.phone for ours in business.numbers] == ["+15550100000"]
        rosa = session.scalars(select(Servicer)).one()
        assert (rosa.email, rosa.name, rosa.role) == ("rosa@example.com", "Rosa", Role.MANAGER)
        assert rosa.business_id == business.id
        assert is_password(PASSWORD, rosa.password_hash)
        assert len(rosa.session_key) == 32


def test_repeated_with_the_same_values_it_changes_nothing_and_says_so(run: Run) -> None:
    setup(run)
    before = everything()
    result = setup(run, number="+1 (555) 010-0000", email="rosa@example.com", timezone="europe/lisbon")
    assert result.exit_code == 0
    assert "exist already" in result.stdout
    assert everything() == before


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timezone", "UTC"),
        ("number", "+15550100001"),
        ("email", "luis@example.com"),
        ("name", "Rosa Lopes"),
        ("password", "another horse"),
    ],
)
def test_repeated_with_another_value_it_changes_nothing_and_names_it(
    run: Run, option: str, value: str
) -> None:
    setup(run)
    before = everything()
    line = refusal(setup(run, **{option: value}), 1)
    assert f"another value for --{option}" in line
    assert everything() == before


def test_a_second_business_needs_a_number_and_an_e_mail_of_its_own(run: Run) -> None:
    setup(run)
    assert "+15550100000 already belongs to another" in refusal(setup(run, business="Clinic"), 1)
    line = refusal(setup(run, business="Clinic", number="+15550100001"), 1)
    assert "rosa@example.com already has an account at another" in line
    assert setup(run, business="Clinic", number="+15550100001", email="eva@example.com").exit_code == 0
    with reading() as session:
        assert len(session.scalars(select(Business)).all()) == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("business", "  "),
        ("business", "x" * 81),
        ("business", "Bell\a"),
        ("timezone", "Lisbon"),
        ("timezone", "../../etc/passwd"),
        ("number", "15550100000"),
        ("number", "+0123"),
        ("number", "+1555010000x"),
        ("email", "rosa"),
        ("email", "rosa@"),
        ("email", "ro sa@example.com"),
        ("email", f"{'x' * 250}@example.com"),
        ("name", "x" * 61),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_the_option(
    run_alone: Run, option: str, value: str
) -> None:
    assert f"'--{option}'" in refusal(setup(run_alone, **{option: value}), 2)


@pytest.mark.parametrize(
    "typed", ["", "\n", "short\n", "x" * 201, "two\nlines of it\n", b"\xff\xfe not text\n"]
)
def test_a_bad_password_is_refused_in_one_line(run_alone: Run, typed: str | bytes) -> None:
    words = [word for option in ASKED.items() for word in option]
    assert "'--password-stdin'" in refusal(run_alone("setup", *words, "--password-stdin", typed=typed), 2)


def test_the_password_is_not_asked_for_where_nobody_can_answer(run_alone: Run) -> None:
    words = [word for option in ASKED.items() for word in option]
    assert "--password-stdin" in refusal(run_alone("setup", *words), 2)


@pytest.mark.parametrize("option", ASKED)
def test_every_option_is_needed(run_alone: Run, option: str) -> None:
    words = [word for pair in ASKED.items() if pair[0] != option for word in pair]
    assert option in refusal(run_alone("setup", *words, "--password-stdin", typed=PASSWORD), 2)

"""`flask servicer add` makes an account, and never changes one that is there."""

from typing import Any

import pytest
from sqlalchemy import select

from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.storage.database import reading
from security.passwords import is_password
from tests.commands.conftest import Run, refusal
from tests.world import make_business

PASSWORD = "battery staple"


def add(run: Run, *more: str, email: str = "luis@example.com", **changed: str) -> Any:
    asked = {"name": "Luis", "role": "servicer"} | changed
    password = asked.pop("password", PASSWORD)
    words = [word for option, value in asked.items() for word in (f"--{option}", value)]
    return run("servicer", "add", email, *words, "--password-stdin", *more, typed=password)


def accounts() -> list[Servicer]:
    with reading() as session:
        return list(session.scalars(select(Servicer).order_by(Servicer.id)))


@pytest.mark.parametrize("role", Role)
def test_it_makes_an_account_that_can_sign_in(run: Run, business: Business, role: Role) -> None:
    result = add(run, email="Luis@Example.com", role=role.value)
    assert (result.exit_code, result.stderr) == (0, "")
    (luis,) = accounts()
    assert (luis.email, luis.name, luis.role) == ("luis@example.com", "Luis", role)
    assert luis.business_id == business.id
    assert is_password(PASSWORD, luis.password_hash)


def test_repeated_with_the_same_values_it_changes_nothing_and_says_so(run: Run, business: Business) -> None:
    add(run)
    kept = accounts()[0].password_hash
    result = add(run, email="LUIS@example.com")
    assert (result.exit_code, "exists already" in result.stdout) == (0, True)
    assert [luis.password_hash for luis in accounts()] == [kept]


@pytest.mark.parametrize(
    ("option", "value"), [("name", "Luisa"), ("role", "manager"), ("password", "other staple")]
)
def test_repeated_with_another_value_it_changes_nothing_and_names_it(
    run: Run, business: Business, option: str, value: str
) -> None:
    add(run)
    assert f"another value for --{option}" in refusal(add(run, **{option: value}), 1)
    assert [(luis.name, luis.role) for luis in accounts()] == [("Luis", Role.SERVICER)]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"email": "luis"}, "'EMAIL'"),
        ({"role": "boss"}, "'--role'"),
        ({"name": ""}, "'--name'"),
        ({"password": "short"}, "'--password-stdin'"),
    ],
)
def test_a_bad_value_is_refused_in_one_line(run_alone: Run, changed: dict[str, str], named: str) -> None:
    assert named in refusal(add(run_alone, **changed), 2)


def test_an_e_mail_has_one_account_in_the_installation(run: Run, business: Business) -> None:
    make_business(name="Clinic", number="+15550100001")
    assert add(run, "--business", "Clinic").exit_code == 0
    assert "--business" in refusal(add(run, "--business", "Barber Lopes"), 1)
    assert len(accounts()) == 1

"""Which business a command means: by its name, or by one of its numbers or #3, as two may have one name.

A sign-up must not stop the commands of whoever runs the installation: a business that has no number yet is
meant only by who names it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from commands.command_line.errors import Refused
from commands.command_line.parameter_types import Name
from models.people.business import Business

BUSINESS_NAME = Name(80)
MOST_TOLD = 10

of_business: Callable[[Any], Any] = click.option(
    "--business", type=BUSINESS_NAME, help="Which business; needed if several have a number."
)


def businesses(session: Session) -> list[Business]:
    """All businesses of the installation."""
    return list(session.scalars(select(Business).order_by(Business.id)))


def the_business(session: Session, given: str | None, *, must_say: bool = False) -> Business:
    """The one that is meant, or the only one with a number (`must_say`: at all). Raises Refused."""
    known = businesses(session)
    if not known:
        raise Refused("There is no business yet: run `flask setup` first.")
    if given is not None:
        return _meant(known, given)
    with_number = [business for business in known if business.numbers]
    found = with_number if with_number and not must_say else known
    if len(found) > 1:
        raise Refused(f"There are several businesses. Say which with --business: {told_apart(found)}.")
    return found[0]


def told_apart(found: Sequence[Business]) -> str:
    """Their names, with what tells those apart that have the same."""
    names = [business.name for business in found]
    told = [
        repr(one.name) if _is_enough(one.name, names) else f"#{one.id} ({_numbers(one)})"
        for one in found[:MOST_TOLD]
    ]
    return ", ".join([*told, *([f"and {len(found) - MOST_TOLD} more"] if len(found) > MOST_TOLD else [])])


def _meant(known: Sequence[Business], given: str) -> Business:
    """What nobody can choose goes before a name: else who signs up as "#3" would get what is meant for it."""
    handed_out = [
        business
        for business in known
        if given == f"#{business.id}" or given in [str(number.address) for number in business.numbers]
    ]
    found = handed_out or [business for business in known if business.name == given]
    if len(found) > 1:
        raise Refused(f"Several are called {given!r}. Say which with --business: {told_apart(found)}.")
    if not found:
        raise Refused(f"--business must be one of {told_apart(known)}, not {given!r}.")
    return found[0]


def _is_enough(name: str, names: Sequence[str]) -> bool:
    return names.count(name) == 1 and not name.startswith(("#", "+"))


def _numbers(business: Business) -> str:
    return ", ".join(str(number.address) for number in business.numbers) or "no number"

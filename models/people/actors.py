"""Who does something: recorded with every event and every entry of the audit log."""

from enum import StrEnum
from typing import NamedTuple, Self


class Actor(StrEnum):
    CUSTOMER = "customer"
    SERVICER = "servicer"
    CLOCK = "clock"
    COMMAND = "command"
    PROGRAM = "program"  # by the API, with a key of the business


class By(NamedTuple):
    """Who does something; a servicer's button also names its press, so that it can be undone whole."""

    actor: Actor
    servicer_id: int | None = None
    press_id: str | None = None

    @classmethod
    def customer(cls) -> Self:
        return cls(Actor.CUSTOMER)

    @classmethod
    def servicer(cls, servicer_id: int, press_id: str | None = None) -> Self:
        return cls(Actor.SERVICER, servicer_id, press_id)

    @classmethod
    def clock(cls) -> Self:
        return cls(Actor.CLOCK)

    @classmethod
    def command(cls) -> Self:
        return cls(Actor.COMMAND)

    @classmethod
    def program(cls, press_id: str) -> Self:
        return cls(Actor.PROGRAM, press_id=press_id)

"""All tables at once, for migrations and for whoever needs every mapper configured."""

from models import (
    business,
    clocks,
    duty,
    event,
    hours,
    message,
    people,
    press,
    pretend,
    queues,
    ticket,
    waits,
)
from models.database import Base

metadata = Base.metadata

__all__ = [
    "business",
    "clocks",
    "duty",
    "event",
    "hours",
    "message",
    "metadata",
    "people",
    "press",
    "pretend",
    "queues",
    "ticket",
    "waits",
]

"""All tables at once, for migrations and for whoever needs every mapper configured."""

from models import (
    business,
    clocks,
    daily,
    duty,
    event,
    hours,
    message,
    people,
    press,
    pretend,
    queues,
    summary_mail,
    ticket,
    waits,
)
from models.database import Base

metadata = Base.metadata

__all__ = [
    "business",
    "clocks",
    "daily",
    "duty",
    "event",
    "hours",
    "message",
    "metadata",
    "people",
    "press",
    "pretend",
    "queues",
    "summary_mail",
    "ticket",
    "waits",
]

"""All tables at once, for migrations and for whoever needs every mapper configured."""

from models import (
    audit,
    browser_sessions,
    business,
    clocks,
    daily,
    desks,
    duty,
    event,
    hours,
    letters,
    limits,
    links,
    message,
    own_words,
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
    "audit",
    "browser_sessions",
    "business",
    "clocks",
    "daily",
    "desks",
    "duty",
    "event",
    "hours",
    "letters",
    "limits",
    "links",
    "message",
    "metadata",
    "own_words",
    "people",
    "press",
    "pretend",
    "queues",
    "summary_mail",
    "ticket",
    "waits",
]

"""What a webhook says: who, where, in which state since when. Never a name, a phone or a token."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.webhooks.earlier_values import MOMENTS


def ticket_data(ticket: Ticket, event: Event, then: Mapping[str, Any]) -> dict[str, Any]:
    """As the ticket was after the event: `then` has its COLUMNS of that moment."""
    zone = ticket.queue.business.zone
    facts = event.facts or {}
    told = {
        "id": f"t{ticket.id}",
        "number": ticket.number,
        "day": ticket.day.isoformat(),
        "queue": ticket.queue.keyword,
        "state": str(then["state"]),
        "reason": then["reason"],
        "party": then["party"],
    }
    told |= {name: _moment(then[name], zone) for name in MOMENTS}
    if event.kind == EventKind.TRANSFERRED and "from_ticket" in facts:
        told["from"] = {"id": f"t{facts['from_ticket']}", "queue": facts.get("from")}
    return told


def queue_data(queue: Queue, state: str) -> dict[str, Any]:
    return {"queue": queue.keyword, "state": str(state)}


def message(kind: str, happened_at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """The body, by the Standard Webhooks scheme."""
    moment = happened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": kind, "timestamp": moment, "data": data}


def _moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None

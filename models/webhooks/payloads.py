"""What a webhook says: who, where, in which state since when. Never a name, a phone or a token."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket

_MOMENTS = ("joined_at", "called_at", "started_at", "ended_at")
_MOMENT_OF = {
    EventKind.CALLED: "called_at",
    EventKind.STARTED: "started_at",
    EventKind.SERVED: "ended_at",
    EventKind.LEFT: "ended_at",
    EventKind.NO_SHOW: "ended_at",
    EventKind.REMOVED: "ended_at",
}


def ticket_data(ticket: Ticket, event: Event, state: str) -> dict[str, Any]:
    """As the ticket was after the event, even if more has happened to it by now."""
    zone = ticket.queue.business.zone
    known = {name: getattr(ticket, name) for name in _MOMENTS}
    known = {name: at if at is not None and at <= event.at else None for name, at in known.items()}
    if event.kind in _MOMENT_OF:
        known[_MOMENT_OF[event.kind]] = event.at
    facts = event.facts or {}
    told = {
        "id": f"t{ticket.id}",
        "number": ticket.number,
        "day": ticket.day.isoformat(),
        "queue": ticket.queue.keyword,
        "state": str(state),
        "reason": ticket.reason if known["ended_at"] is not None else None,
        "party": ticket.party,
    }
    told |= {name: _moment(at, zone) for name, at in known.items()}
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

"""Changes of promises whose texts have not left: once these are dropped, it is as if they had never been."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from models.people.actors import By
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.kept_values import values_before
from models.queueing.tables.ticket_states import WAITING, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage, drop_unsent
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState


def unsent_changes(session: Session, ticket: Ticket) -> Sequence[Event]:
    """Of this ticket, the newest first."""
    return session.scalars(_changes_with(TextState.WAITING, TextState.EXPIRED), {"ticket": ticket.id}).all()


def take_back_unsent(session: Session, ticket: Ticket, *, now: datetime) -> bool:
    """The changes whose texts have not left are as if they had never been; whether there were any.

    A text that is leaving can't be stopped, so its change stays. The ticket must be locked.
    """
    drop_unsent(session, ticket.id, (TextKind.PROMISE_CHANGED,), now)
    return undo_dropped(session, ticket, now)


def undo_dropped(session: Session, ticket: Ticket, now: datetime) -> bool:
    """Only those whose texts are dropped already; whether there were any. The ticket must be locked."""
    dropped = session.scalars(_changes_with(TextState.EXPIRED), {"ticket": ticket.id}).all()
    for event in dropped:
        before = values_before(event.before or {}) | {"told_again": max(0, ticket.told_again - 1)}
        if ticket.told_at is not None and ticket.told_at > event.at:  # something else was told since
            before = {"told_again": before["told_again"]}
        # By the clock, whatever the reason: it belongs to nobody's press.
        ticket.change(session, EventKind.UNDONE, By.clock(), now, undoes_id=event.id, **before)
    return bool(dropped)


@cache  # built at the first use, and once: building a statement costs as much as running it
def _changes_with(*states: TextState) -> Select[Event]:
    """The changes of a ticket, not undone, whose texts are all in these states; the newest first."""
    undoing = aliased(Event)
    texts = (OutboundMessage.ticket_id == Event.ticket_id, OutboundMessage.event_id == Event.id)
    is_undone = exists().where(undoing.ticket_id == Event.ticket_id, undoing.undoes_id == Event.id)
    has_another = exists().where(*texts, OutboundMessage.state.not_in(states))
    changes = select(Event).where(
        Event.ticket_id == bindparam("ticket"), Event.kind == EventKind.PROMISE_CHANGED
    )
    return changes.where(exists().where(*texts), ~has_another, ~is_undone).order_by(Event.id.desc())


_UNDOING = aliased(Event)
# The tickets that wait and may have one; a plain join, as the clock asks often.
WITH_UNSENT_CHANGES = (
    select(Ticket.id)
    .distinct()
    .join(OutboundMessage, OutboundMessage.ticket_id == Ticket.id)
    .where(
        among(Ticket.state, WAITING),
        Ticket.told_again > 0,
        OutboundMessage.kind == TextKind.PROMISE_CHANGED,
        OutboundMessage.state.in_((TextState.WAITING, TextState.EXPIRED)),
        ~exists().where(
            _UNDOING.ticket_id == OutboundMessage.ticket_id, _UNDOING.undoes_id == OutboundMessage.event_id
        ),
    )
)

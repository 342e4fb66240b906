"""The types of what is told, and the events of the log from which each is made."""

from enum import StrEnum

from models.queueing.presses.undoable import STATE_AFTER
from models.queueing.tables.events import EventKind


class WebhookType(StrEnum):
    TICKET_JOINED = "ticket.joined"
    TICKET_CALLED = "ticket.called"
    TICKET_STARTED = "ticket.started"
    TICKET_SERVED = "ticket.served"
    TICKET_LEFT = "ticket.left"
    TICKET_NO_SHOW = "ticket.no_show"
    TICKET_REMOVED = "ticket.removed"
    TICKET_PUT_BACK = "ticket.put_back"
    TICKET_ON_HOLD = "ticket.on_hold"
    TICKET_BROUGHT_BACK = "ticket.brought_back"
    TICKET_MOVED = "ticket.moved"  # to the front, or behind others
    TICKET_TRANSFERRED = "ticket.transferred"  # the new ticket, in the other queue
    TICKET_ARRIVED = "ticket.arrived"
    TICKET_COMING = "ticket.coming"
    TICKET_UNDONE = "ticket.undone"
    TICKET_FORGOTTEN = "ticket.forgotten"
    QUEUE_OPENED = "queue.opened"
    QUEUE_PAUSED = "queue.paused"
    QUEUE_LAST_CALL = "queue.last_call"
    QUEUE_CLOSED = "queue.closed"


TEST = "webhook.test"  # sent by a manager's press, to whatever types the endpoint listens
LONGEST_TYPE = 30

OF_TICKET = {
    EventKind.JOINED: WebhookType.TICKET_JOINED,
    EventKind.CALLED: WebhookType.TICKET_CALLED,
    EventKind.STARTED: WebhookType.TICKET_STARTED,
    EventKind.SERVED: WebhookType.TICKET_SERVED,
    EventKind.LEFT: WebhookType.TICKET_LEFT,
    EventKind.NO_SHOW: WebhookType.TICKET_NO_SHOW,
    EventKind.REMOVED: WebhookType.TICKET_REMOVED,
    EventKind.PUT_BACK: WebhookType.TICKET_PUT_BACK,
    EventKind.SET_ASIDE: WebhookType.TICKET_ON_HOLD,
    EventKind.BROUGHT_BACK: WebhookType.TICKET_BROUGHT_BACK,
    EventKind.MOVED: WebhookType.TICKET_MOVED,
    EventKind.TRANSFERRED: WebhookType.TICKET_TRANSFERRED,
    EventKind.ARRIVED: WebhookType.TICKET_ARRIVED,
    EventKind.COMING: WebhookType.TICKET_COMING,
    EventKind.UNDONE: WebhookType.TICKET_UNDONE,  # of one of these
    EventKind.FORGOTTEN: WebhookType.TICKET_FORGOTTEN,
}
OF_QUEUE = {
    EventKind.OPENED: WebhookType.QUEUE_OPENED,
    EventKind.PAUSED: WebhookType.QUEUE_PAUSED,
    EventKind.LAST_CALL: WebhookType.QUEUE_LAST_CALL,
    EventKind.CLOSED: WebhookType.QUEUE_CLOSED,
}
TOLD = (*OF_TICKET, *OF_QUEUE)

INTO_STATE = {state: OF_QUEUE[kind] for kind, state in STATE_AFTER.items()}

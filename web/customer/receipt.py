"""Why somebody waited, in words, for their own page and the servicer's. Reads only; uses no request."""

from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from models.history.receipt_events import newest_event_of, read_receipt
from models.history.wait_receipt import Part, Receipt, Told
from models.queueing.tables.ticket_states import LIVE
from models.queueing.tables.tickets import Ticket
from web.customer.kept import Kept

LEAST_SECONDS = 60  # nobody asks why they waited for less
# By ticket and its newest event. Without name or phone; whoever is forgotten is shown none.
RECEIPTS: Kept[Receipt | None] = Kept(most=1_000)


class ReceiptLine(NamedTuple):
    words: str
    length: str


class WaitReceipt(NamedTuple):
    joined_at: datetime
    until: datetime
    was_called: bool
    length: str
    """The whole wait; the lines sum to it to the second."""
    lines: tuple[ReceiptLine, ...]
    told: tuple[Told, ...]


def receipt_of_wait(session: Session, ticket: Ticket) -> WaitReceipt | None:
    """None while their visit goes on, and where there was no wait to explain."""
    if ticket.state in LIVE or ticket.customer.forgotten_at is not None:
        return None
    key = (ticket.id, ticket.token, newest_event_of(session, ticket))
    receipt = RECEIPTS.of(key, lambda: read_receipt(session, ticket))
    if receipt is None or receipt.seconds < LEAST_SECONDS:
        return None
    lines = tuple(ReceiptLine(str(_PARTS[part]), length(seconds)) for part, seconds in receipt.parts.items())
    whole = length(receipt.seconds)
    return WaitReceipt(receipt.joined_at, receipt.until, receipt.was_called, whole, lines, receipt.told)


def length(seconds: int) -> str:
    """To the second."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min %(seconds)d s", hours=hours, minutes=minute, seconds=second)
    if minutes:
        return _("%(minutes)d min %(seconds)d s", minutes=minutes, seconds=second)
    return _("%(seconds)d s", seconds=second)


_PARTS = {
    Part.BEFORE: _l("Before the line moved"),
    Part.AHEAD: _l("People ahead in line"),
    Part.RETURNED: _l("People who came back to their place"),
    Part.MOVED: _l("People moved ahead"),
    Part.PAUSED: _l("The line was paused"),
    Part.CLOSED: _l("The queue was closed"),
    Part.NOBODY: _l("Nobody was being served"),
    Part.OWN: _l("Away, or letting others go first"),
    Part.ELSEWHERE: _l("In another queue, before the transfer"),
}

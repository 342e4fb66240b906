"""What the counter has to know of texts that don't get through: whom to call aloud; that texting is down."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from models.allowance import allowance
from models.business import Business, OurNumber
from models.failing import ONCE_MORE
from models.holding import held_numbers
from models.message import IN_TROUBLE, OutboundMessage, TextState
from models.ticket import Ticket

NO_TEXTS = "no texts — call aloud"
TEXT_FAILED = "text failed — call aloud"
TEXT_DELAYED = "text delayed — call aloud"
# A text leaves within a second; the longest call to the carrier takes less than this.
LATE_AFTER = timedelta(seconds=15)


def trouble_of_call(session: Session, ticket: Ticket, now: datetime) -> str | None:
    """Whether somebody who was called may not know it."""
    turn = ticket.turn_text(session)
    if turn is None:
        return None if ticket.customer.can_be_texted(session, ticket.our_number_id) else NO_TEXTS
    if turn.state in IN_TROUBLE or (turn.state == TextState.WAITING and _was_refused(session, turn)):
        return TEXT_FAILED
    is_late = turn.state in (TextState.WAITING, TextState.SENDING) and now - turn.created_at > LATE_AFTER
    return TEXT_DELAYED if is_late else None


def trouble_of_waiting(can_be_texted: bool, has_text_failed: bool) -> str | None:
    """Whether somebody in the line will not get to know that they are called."""
    if not can_be_texted:
        return NO_TEXTS
    return TEXT_FAILED if has_text_failed else None


def texting_down(session: Session, business: Business) -> Iterator[str]:
    """A sentence for each number of ours from which nothing leaves."""
    for number in held_numbers(session, business.id):
        yield f"Texting is down: {number.held_reason}. Texts wait, and leave by themselves when it is mended."
    left = allowance(session, business, datetime.now(UTC))
    if left.is_used_up:
        yield f"Texting is down: the {left.most} texts of this day are used up. A manager may allow more."


def _was_refused(session: Session, turn: OutboundMessage) -> bool:
    """It waits because it, or the one before it, failed; or because nothing leaves from this number."""
    if turn.error_code is not None or turn.key.endswith(ONCE_MORE):
        return True
    return session.get_one(OurNumber, turn.our_number_id).held_at is not None

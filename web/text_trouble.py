"""How far texts have come, as the counter has to know it: whom to call aloud; that texting is down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models.allowance import allowance
from models.business import Business, OurNumber
from models.failing import ONCE_MORE
from models.holding import held_numbers
from models.message import IN_TROUBLE, OutboundMessage, TextState
from models.ticket import Ticket

# A text leaves within a second; the longest call to the carrier takes less than this.
LATE_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class Texting:
    """In words, whether a customer knows by text what they should; with trouble, call them aloud."""

    words: str
    is_trouble: bool = False


def texting_of_call(session: Session, ticket: Ticket, now: datetime) -> Texting | None:
    """Whether somebody who was called knows it."""
    turn = ticket.turn_text(session)
    if turn is None:
        reachable = ticket.customer.can_be_texted(session, ticket.our_number_id)
        return None if reachable else _no_texts()
    if turn.state in IN_TROUBLE or (turn.state == TextState.WAITING and _was_refused(session, turn)):
        return _text_failed()
    is_late = turn.state in (TextState.WAITING, TextState.SENDING) and now - turn.created_at > LATE_AFTER
    return Texting(_("text delayed — call aloud"), is_trouble=True) if is_late else _on_its_way(turn.state)


def texting_of_waiting(can_be_texted: bool, has_failed: bool, newest: TextState | None) -> Texting | None:
    """Whether somebody in the line will get to know that they are called; how far the newest text came."""
    if not can_be_texted:
        return _no_texts()
    return _text_failed() if has_failed else _on_its_way(newest)


def texting_down(session: Session, business: Business) -> Iterator[str]:
    """A sentence for each number of ours from which nothing leaves."""
    for number in held_numbers(business):
        yield _(
            "Texting is down: %(reason)s. Texts wait, and leave by themselves when it is mended.",
            reason=number.held_reason,
        )
    left = allowance(session, business, datetime.now(UTC))
    if left.is_used_up:
        yield _(
            "Texting is down: the %(most)s texts of this day are used up. A manager may allow more.",
            most=left.most,
        )


def _no_texts() -> Texting:
    return Texting(_("no texts — call aloud"), is_trouble=True)


def _text_failed() -> Texting:
    return Texting(_("text failed — call aloud"), is_trouble=True)


def _on_its_way(state: TextState | None) -> Texting | None:
    if state is None or state in (TextState.FAILED, TextState.REJECTED, TextState.UNKNOWN):
        return None  # an older matter, which the text after it has to show
    return Texting(_("text delivered") if state == TextState.DELIVERED else _("text on its way"))


def _was_refused(session: Session, turn: OutboundMessage) -> bool:
    """It waits because it, or the one before it, failed; or because nothing leaves from this number."""
    if turn.error_code is not None or turn.key.endswith(ONCE_MORE):
        return True
    return session.get_one(OurNumber, turn.our_number_id).held_at is not None

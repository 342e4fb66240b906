"""The state of texts as far as the counter needs it: whom to call aloud, and whether texting is down."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import SUSPICIONS
from models.people.addresses import Channel
from models.people.business import OurNumber
from models.people.customers import Customer
from models.queueing.counter.staff import AtWork, CallText
from models.texts.daily_allowance import Allowance
from models.texts.outbox import RETRY_SUFFIX
from models.texts.text_states import IN_TROUBLE, TextState

READ = "read"  # beside the states of a text: they have opened it
# Normally a text leaves within a second; even the longest call to the carrier takes less than this.
LATE_AFTER = timedelta(seconds=15)


class Texting(NamedTuple):
    """The state of a customer's texts in words; with `is_trouble` they have to be called aloud."""

    words: str
    is_trouble: bool = False


def texting_of_call(
    session: Session,
    called: AtWork,
    turn: CallText | None,
    held: Collection[OurNumber],
    now: datetime,
) -> Texting | None:
    """Whether the call reached the customer by text: `turn`, if one told of it. `held` sends nothing."""
    if turn is None:
        customer = session.get_one(Customer, called.customer_id)
        return None if customer.can_be_texted(session, called.our_number_id) else _no_texts()
    if turn.state in IN_TROUBLE or (turn.state == TextState.WAITING and _was_refused(turn, held)):
        return _text_failed()
    is_late = turn.state in (TextState.WAITING, TextState.SENDING) and now - turn.created_at > LATE_AFTER
    return (
        Texting(_("text delayed — call aloud"), is_trouble=True)
        if is_late
        else _on_its_way(turn.state, turn.read_at)
    )


def texting_of_waiting(can_be_texted: bool, has_failed: bool, newest: str | None) -> Texting | None:
    """Whether a waiting customer can be called by text; the state of the newest text to them, or READ."""
    if not can_be_texted:
        return _no_texts()
    if has_failed:
        return _text_failed()
    return _text_read() if newest == READ else _on_its_way(TextState(newest) if newest else None)


def texting_down(held: Iterable[OurNumber], allowance: Allowance) -> Iterator[str]:
    """A sentence for each of our numbers that sends nothing, and for a used-up daily allowance."""
    for number in held:
        reason = number.held_reason
        if number.channel != Channel.SMS:
            reason = f"{number.channel.title}: {reason}"
        if number.held_kind in SUSPICIONS:
            yield _("Some texts are waiting: %(reason)s. People you call still get theirs.", reason=reason)
            continue
        yield _(
            "Texting is down: %(reason)s. Waiting texts go out once it's fixed.",
            reason=reason,
        )
    if allowance.is_used_up:
        yield _(
            "Texting has stopped: today's %(most)s texts are used up. A manager can allow more.",
            most=allowance.most,
        )


def _no_texts() -> Texting:
    return Texting(_("no texts — call aloud"), is_trouble=True)


def _text_failed() -> Texting:
    return Texting(_("text failed — call aloud"), is_trouble=True)


def _text_read() -> Texting:
    return Texting(_("text read"))


def _on_its_way(state: TextState | None, read_at: datetime | None = None) -> Texting | None:
    if read_at is not None:
        return _text_read()
    if state is None or state in (TextState.FAILED, TextState.REJECTED, TextState.UNKNOWN):
        return None  # an older failure: the next text will show whether it persists
    return Texting(_("text delivered") if state == TextState.DELIVERED else _("text on its way"))


def _was_refused(turn: CallText, held: Collection[OurNumber]) -> bool:
    """Whether it waits because an attempt failed, or because sending from this number is on hold."""
    if turn.error_code is not None or turn.key.endswith(RETRY_SUFFIX):
        return True
    return any(each.id == turn.our_number_id and each.held_kind not in SUSPICIONS for each in held)

"""When and how the control page reports texts that were not delivered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import hold
from models.people.business import OurNumber
from models.people.customers import Customer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from models.storage.heartbeats import record_heartbeat
from models.texts.error_codes import RejectionKind
from models.texts.outbox import RETRY_SUFFIX, OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, join

FAILED = "text failed — call aloud"
DELAYED = "text delayed — call aloud"


def set_texts(**values: Any) -> None:
    transaction(lambda s: s.execute(update(OutboundMessage).values(values)))


@pytest.fixture
def called(queue: Queue, rosas: Visitor) -> Visitor:
    """Rosa's browser, after she has called Ana."""
    join(queue, ANA)
    page = rosas.press("Call next")
    assert "call aloud" not in page.html
    return rosas


@pytest.mark.parametrize(
    "values",
    [
        {"state": TextState.FAILED},
        {"state": TextState.REJECTED},
        {"state": TextState.EXPIRED},
        {"state": TextState.UNKNOWN},
        {"state": TextState.WAITING, "error_code": 20003},
        {"state": TextState.WAITING, "key": f"1:your_turn:1{RETRY_SUFFIX}"},
    ],
    ids=["failed", "rejected", "expired", "unconfirmed", "refused", "once more"],
)
def test_who_was_called_by_a_text_that_failed_is_to_be_called_aloud(
    called: Visitor, values: dict[str, Any]
) -> None:
    set_texts(**values)
    assert FAILED in called.open("/control/CET236").text


def test_who_was_told_that_we_are_still_ready_is_not_to_be_called_aloud(called: Visitor) -> None:
    """The turn text failed, and the text after Undo of a no-show arrived; or the other way round."""
    called.press("No-show")
    set_texts(state=TextState.FAILED)
    called.press("Undo")
    newer = OutboundMessage.kind == TextKind.STILL_CALLED
    transaction(lambda s: s.execute(update(OutboundMessage).where(newer).values(state=TextState.DELIVERED)))
    page = called.open("/control/CET236")
    assert "call aloud" not in page.text
    assert "text delivered" in page.text
    transaction(
        lambda s: s.execute(
            update(OutboundMessage).values(state=case((newer, TextState.FAILED), else_=TextState.DELIVERED))
        )
    )
    assert FAILED in called.open("/control/CET236").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": TextState.DELIVERED}, "text delivered"),
        ({"state": TextState.DELIVERED, "read_at": NOON}, "text read"),
        ({"state": TextState.SENT}, "text on its way"),
    ],
)
def test_a_row_of_the_line_says_how_far_the_newest_text_came(
    queue: Queue, rosas: Visitor, values: dict[str, Any], words: str
) -> None:
    join(queue, ANA, source=Source.DESK)
    set_texts(**values)
    (row,) = rosas.open("/control/CET236").waiting
    assert row.endswith(words)


def test_a_text_that_was_read_is_shown_as_read(called: Visitor) -> None:
    set_texts(state=TextState.DELIVERED, read_at=datetime.now(UTC))
    assert "text read" in called.open("/control/CET236").text
    assert "“your turn”: read" in called.open("/control/CET236/ticket/1").text


@pytest.mark.parametrize("state", [TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED])
def test_a_text_that_has_left_is_no_trouble(called: Visitor, state: TextState) -> None:
    set_texts(state=state, created_at=datetime.now(UTC) - timedelta(minutes=5))
    assert "call aloud" not in called.open("/control/CET236").text


@pytest.mark.parametrize("state", [TextState.WAITING, TextState.SENDING])
def test_a_turn_text_that_does_not_leave_is_delayed(called: Visitor, state: TextState) -> None:
    set_texts(state=state, created_at=datetime.now(UTC) - timedelta(seconds=10))
    assert "call aloud" not in called.open("/control/CET236").text
    set_texts(created_at=datetime.now(UTC) - timedelta(seconds=20))
    assert DELAYED in called.open("/control/CET236").text


def test_a_number_that_several_phones_had_refused_still_tells_who_is_called(
    called: Visitor, queue: Queue
) -> None:
    set_texts(state=TextState.WAITING, created_at=datetime.now(UTC))
    transaction(_suspect)
    page = called.open("/control/CET236")
    assert "Texting is down" not in page.text
    assert "Some texts are waiting: several phones in a row. People you call still get theirs." in page.text
    assert FAILED not in page.text


def test_that_texting_is_down_is_told_and_why(called: Visitor, queue: Queue) -> None:
    assert "Texting is down" not in called.page.text
    transaction(_hold)
    page = called.open("/control/CET236")
    assert "Texting is down: the carrier refuses our account (error 20003)." in page.text
    assert FAILED in page.text


def test_who_waits_and_did_not_get_their_last_text_is_marked(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)

    def failed(session: Session) -> None:
        session.scalars(select(Customer).order_by(Customer.id)).first().text_failed_at = datetime.now(UTC)  # type: ignore[union-attr]

    transaction(failed)
    rows = rosas.open("/control/CET236").waiting
    assert FAILED in rows[0]
    assert "call aloud" not in rows[1]


def test_readiness_and_metrics_tell_that_nothing_leaves(called: Visitor, queue: Queue) -> None:
    now = datetime.now(UTC)
    transaction(lambda s: record_heartbeat(s, "a clock", now))
    assert called.open("/readyz").status == 200
    number = transaction(lambda s: s.scalars(select(OurNumber.phone)).one())
    metrics = called.open("/metrics").html
    assert f'outbox_texts{{number="{number}",state="waiting"}} 1.0' in metrics
    assert f'outbox_held{{number="{number}"}} 0.0' in metrics
    transaction(_hold)
    page = called.open("/readyz")
    assert page.status == 503
    assert f"nothing leaves from {number}: the carrier refuses our account" in page.html
    assert f'outbox_held{{number="{number}"}} 1.0' in called.open("/metrics").html


def _hold(session: Session) -> None:
    now = datetime.now(UTC)
    number_id = session.scalars(select(OurNumber.id)).one()
    reason = "the carrier refuses our account (error 20003)"
    hold(session, number_id, RejectionKind.OUR_CONFIGURATION, reason, now, claimed_at=now)


def _suspect(session: Session) -> None:
    number = session.scalars(select(OurNumber)).one()
    number.held_at = datetime.now(UTC)
    number.held_kind, number.held_reason = "perhaps_ours", "several phones in a row"

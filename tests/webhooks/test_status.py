"""Delivery reports: repeated, late, out of order, or about unknown texts; a state never goes back."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.queueing.reminders import was_told
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.one_database import on_both
from tests.webhooks.conftest import Carrier
from tests.world import NOON, call_next, join, press, ticket


@pytest.fixture
def turn_text(queue: Queue, rosa: Servicer) -> str:
    """The reference of a turn text that was accepted by the carrier."""
    join(queue)
    call_next(queue, rosa)

    def accept(session: Session) -> str:
        message = session.scalars(select(OutboundMessage)).one()
        message.state, message.accepted_at = TextState.ACCEPTED, NOON
        return str(message.reference)

    return transaction(accept)


def report(carrier: Carrier, reference: str, status: str, **more: str) -> int:
    form = {
        "MessageSid": "SM" + "b" * 32,
        "MessageStatus": status,
        "AccountSid": carrier.settings.account_sid,
    }
    return carrier.post(f"/webhooks/status?m={reference}", form | more).status_code


def text() -> OutboundMessage:
    with reading() as session:
        return session.scalars(select(OutboundMessage)).one()


def test_reports_move_a_text_forward(carrier: Carrier, turn_text: str) -> None:
    assert report(carrier, turn_text, "sent") == 204
    assert text().state == TextState.SENT
    assert report(carrier, turn_text, "delivered") == 204
    assert text().state == TextState.DELIVERED
    assert text().carrier_sid == "SM" + "b" * 32


@on_both
def test_a_text_that_was_read_has_arrived_and_is_kept_as_read(carrier: Carrier, turn_text: str) -> None:
    report(carrier, turn_text, "read")
    read_at = text().read_at
    assert (text().state, read_at is not None) == (TextState.DELIVERED, True)
    for later in ("delivered", "read"):
        report(carrier, turn_text, later)
        assert (text().state, text().read_at) == (TextState.DELIVERED, read_at)


def test_a_state_never_goes_back(carrier: Carrier, turn_text: str) -> None:
    report(carrier, turn_text, "delivered")
    for late in ("sent", "queued", "sending", "failed", "delivered"):
        assert report(carrier, turn_text, late) == 204
        assert text().state == TextState.DELIVERED


def test_a_report_settles_a_text_of_unknown_outcome(carrier: Carrier, turn_text: str) -> None:
    def lose(session: Session) -> None:
        session.scalars(select(OutboundMessage)).one().state = TextState.UNKNOWN

    transaction(lose)
    report(carrier, turn_text, "queued")
    assert text().state == TextState.ACCEPTED


def test_a_failed_turn_text_is_seen_and_keeps_its_code(
    carrier: Carrier, turn_text: str, queue: Queue
) -> None:
    report(carrier, turn_text, "undelivered", ErrorCode="30003")
    assert (text().state, text().error_code) == (TextState.FAILED, 30003)
    with reading() as session:
        called = session.merge(ticket(queue, 1))
        assert was_told(session, called) is False


def test_a_phone_that_has_opted_out_at_the_carrier_has_opted_out_here(
    carrier: Carrier, turn_text: str, queue: Queue
) -> None:
    report(carrier, turn_text, "failed", ErrorCode="21610")
    with reading() as session:
        called = session.merge(ticket(queue, 1))
        assert called.customer.can_be_texted(session, called.our_number_id) is False


@pytest.mark.parametrize("reference", ["", "unknown", "x" * 500])
def test_a_report_for_a_text_we_do_not_know_is_taken_and_forgotten(
    carrier: Carrier, turn_text: str, reference: str
) -> None:
    assert report(carrier, reference, "delivered") == 204
    assert text().state == TextState.ACCEPTED


@pytest.mark.parametrize(
    "fields", [{"ErrorCode": "abc"}, {"ErrorCode": "9" * 30}, {"MessageStatus": "nonsense"}]
)
def test_a_strange_report_is_taken(carrier: Carrier, turn_text: str, fields: dict[str, str]) -> None:
    assert report(carrier, turn_text, "failed", **fields) == 204


def test_a_forged_report_is_refused(carrier: Carrier, turn_text: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    answer = carrier.post(f"/webhooks/status?m={turn_text}", form, signature="forged")
    assert answer.status_code == 403
    assert text().state == TextState.ACCEPTED


@on_both
def test_a_report_on_a_text_to_a_servicer_is_about_their_own_phone(
    carrier: Carrier, queue: Queue, rosa: Servicer
) -> None:
    def wants_texts(session: Session) -> None:
        row = session.get_one(Servicer, rosa.id)
        row.set_phone("+15550107001")
        row.wants_join_texts = True

    transaction(wants_texts)
    press(queue, rosa, lambda s, q, by: None)
    join(queue)
    assert report(carrier, text().reference, "undelivered", ErrorCode="30005") == 204
    with reading() as session:
        assert session.get_one(Servicer, rosa.id).unreachable_at is not None


# TwiML replies ------------------------------------------------------------------------------------------


def answered(carrier: Carrier, body: str = "CET236") -> str:
    """The sid of a text that was answered."""
    form = carrier.form(body)
    answer = carrier.post("/webhooks/sms", form)
    assert f"/webhooks/status?reply={form['MessageSid']}" in answer.text
    return form["MessageSid"]


def report_on_answer(carrier: Carrier, sid: str, status: str, **more: str) -> int:
    form = {"MessageSid": "SM" + "c" * 32, "MessageStatus": status}
    return carrier.post(f"/webhooks/status?reply={sid}", form | more).status_code


def inbound() -> InboundMessage:
    with reading() as session:
        return session.scalars(select(InboundMessage)).one()


def test_the_delivery_of_an_answer_is_known(carrier: Carrier, queue: Queue) -> None:
    sid = answered(carrier)
    assert inbound().reply_state is None
    assert inbound().reply_settle_after is not None
    for status in ("delivered", "sent", "queued"):
        assert report_on_answer(carrier, sid, status) == 204
        assert inbound().reply_state == TextState.DELIVERED
    assert inbound().reply_settle_after is None


def test_an_answer_that_failed_is_seen_in_the_line(carrier: Carrier, queue: Queue) -> None:
    sid = answered(carrier)
    before = transaction(lambda s: s.get_one(Queue, queue.id).revision)
    report_on_answer(carrier, sid, "undelivered", ErrorCode="30008")
    assert (inbound().reply_state, inbound().reply_error_code) == (TextState.FAILED, 30008)
    with reading() as session:
        assert session.merge(ticket(queue, 1)).customer.text_failed_at is not None
        assert session.get_one(Queue, queue.id).revision > before


@pytest.mark.parametrize("code", ["21610", "30004"])
def test_a_last_text_that_the_carrier_refuses_because_they_opted_out_has_not_failed(
    carrier: Carrier, queue: Queue, code: str
) -> None:
    carrier.texts("CET236")
    sid = answered(carrier, "ARRET")
    for _ in range(2):
        assert report_on_answer(carrier, sid, "failed", ErrorCode=code) == 204
    with reading() as session:
        last = session.scalars(select(InboundMessage).where(InboundMessage.sid == sid)).one()
        assert (last.reply_state, last.reply_settle_after) == (TextState.REJECTED, None)
        ana = session.merge(ticket(queue, 1)).customer
        assert (ana.text_failed_at, ana.unreachable_at) == (None, None)
        assert ana.opted_out_at_carrier(session, last.our_number_id) is True
    assert carrier.texts("START") is None


def test_a_last_text_to_a_dead_number_has_failed_as_any(carrier: Carrier, queue: Queue) -> None:
    sid = answered(carrier, "please stop texting me")
    report_on_answer(carrier, sid, "undelivered", ErrorCode="30005")
    assert inbound().reply_state == TextState.FAILED


def test_silence_is_followed_by_nobody(carrier: Carrier, queue: Queue) -> None:
    carrier.texts("thanks")
    assert inbound().reply_settle_after is None


@pytest.mark.parametrize("sid", ["unknown", "x" * 500])
def test_a_report_on_an_answer_to_a_text_we_do_not_know_is_taken_and_forgotten(
    carrier: Carrier, queue: Queue, sid: str
) -> None:
    assert report_on_answer(carrier, sid, "delivered") == 204


def test_a_text_that_failed_by_report_is_news_for_the_pages(
    carrier: Carrier, turn_text: str, queue: Queue
) -> None:
    before = transaction(lambda s: s.get_one(Queue, queue.id).revision)
    report(carrier, turn_text, "undelivered", ErrorCode="30008")
    assert transaction(lambda s: s.get_one(Queue, queue.id).revision) > before

"""The SMS webhook: genuine texts are answered once, forged ones change nothing."""

import copy
import logging
import threading
from collections.abc import Callable

import pytest
import structlog
from sqlalchemy import func, select

from bot import conversation
from bot.joining import joins_batched
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading
from models.texts.inbox import InboundMessage
from tests.one_database import in_turn, on_both
from tests.webhooks.conftest import Carrier, reply_in
from tests.world import ANA, BEN, line, make_business, make_queue, phone

pytestmark = in_turn


def written(record: logging.LogRecord) -> str:
    """The log line of this record."""
    handlers = logging.getLogger().handlers
    ours = next(h for h in handlers if isinstance(h.formatter, structlog.stdlib.ProcessorFormatter))
    return ours.format(copy.copy(record))


def tickets() -> int:
    with reading() as session:
        return session.scalar(select(func.count(Ticket.id))) or 0


def test_a_text_with_the_keyword_takes_a_number(carrier: Carrier, queue: Queue) -> None:
    answer = carrier.texts("CET236 Ana")
    assert answer is not None
    assert answer.startswith("You are number 1")
    assert "https://queue.example.com/t/" in answer
    assert line(queue) == [1]


def test_the_answer_says_where_its_delivery_is_reported(carrier: Carrier, queue: Queue) -> None:
    answer = carrier.post("/webhooks/sms", carrier.form("CET236", sid="SM" + "a" * 32))
    assert 'action="https://queue.example.com/webhooks/status?reply=SM' in answer.text


def test_the_same_message_again_gets_the_same_answer_and_changes_nothing(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str]
) -> None:
    first = carrier.texts("CET236", sid="SM1")
    before = no_change()
    assert carrier.texts("CET236", sid="SM1") == first
    assert carrier.texts("LEAVE", sid="SM1") == first
    assert no_change() == before


@on_both
def test_copies_that_arrive_at_once_have_one_effect_and_the_same_answer(
    carrier: Carrier, queue: Queue
) -> None:
    answers: list[str | None] = []
    form = carrier.form("CET236", sid="SM1")

    def deliver() -> None:
        other = Carrier.__new__(Carrier)
        other.client, other.settings = carrier.client.application.test_client(), carrier.settings
        answers.append(reply_in(other.post("/webhooks/sms", form).text))

    copies = [threading.Thread(target=deliver) for _ in range(8)]
    [copy.start() for copy in copies]
    [copy.join() for copy in copies]
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert (answers[0] or "").startswith("You are number 1")
    assert tickets() == 1


@pytest.mark.parametrize("signature", ["", "forged", "\u00e9", "A" * 5000])
def test_a_forged_text_is_refused_and_changes_nothing(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str], signature: str
) -> None:
    before = no_change()
    answer = carrier.client.post(
        "/webhooks/sms", data=carrier.form("CET236"), headers={"X-Twilio-Signature": signature}
    )
    assert answer.status_code == 403
    assert no_change() == before


def test_a_text_without_signature_is_refused(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str]
) -> None:
    before = no_change()
    assert carrier.client.post("/webhooks/sms", data=carrier.form("CET236")).status_code == 403
    assert no_change() == before


def test_a_text_signed_with_another_token_or_for_another_account_is_refused(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str]
) -> None:
    before = no_change()
    form = carrier.form("CET236")
    assert carrier.post("/webhooks/sms", form, token="somebody else's").status_code == 403
    form["AccountSid"] = "AC" + "9" * 32
    assert carrier.post("/webhooks/sms", form).status_code == 403
    assert no_change() == before


def test_a_text_to_a_number_that_is_not_ours_is_refused(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str]
) -> None:
    before = no_change()
    assert carrier.post("/webhooks/sms", carrier.form("CET236", To="+15550109999")).status_code == 403
    assert no_change() == before


def test_a_number_of_one_business_never_opens_the_queue_of_another(carrier: Carrier, queue: Queue) -> None:
    other = make_business(name="Clinic", number="+15550100001")
    clinic = make_queue(other, "CLINIC")
    carrier.texts("CLINIC")
    assert line(clinic) == []
    answer = carrier.texts("CLINIC", To="+15550100001")
    assert (answer or "").startswith("You are number 1")


@on_both
@pytest.mark.parametrize("sender", ["12345", "INFO", "", "+", "+1555abc", "\x00", "+" + "1" * 40])
def test_a_sender_that_is_no_phone_gets_silence(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str], sender: str
) -> None:
    before = no_change()
    assert carrier.texts("CET236", sender) is None
    assert no_change() == before


@on_both
@pytest.mark.parametrize(
    "body",
    ["x" * 20_000, "CET236 " + "é" * 20_000, "\x00", "CET\x00236", "\x08\x1b[2J", ""],
)
def test_a_strange_body_gets_a_sensible_answer(carrier: Carrier, queue: Queue, body: str) -> None:
    answer = carrier.texts(body)
    assert answer
    assert len(answer) <= 306


def test_a_text_without_body_is_told_what_can_be_texted(carrier: Carrier, queue: Queue) -> None:
    form = carrier.form("")
    del form["Body"]
    answer = carrier.post("/webhooks/sms", form)
    assert answer.status_code == 200
    assert "CET236" in (reply_in(answer.text) or "")


def test_a_picture_alone_is_told_what_can_be_texted(carrier: Carrier, queue: Queue) -> None:
    answer = carrier.texts("", NumMedia="1", MediaContentType0="image/jpeg", MediaUrl0="https://x.example/1")
    assert "CET236" in (answer or "")


def test_a_name_with_markup_reaches_the_phone_as_it_was_typed(carrier: Carrier, queue: Queue) -> None:
    answer = carrier.texts('CET236 <Tom> & "Jerry"')
    assert "Tom> &" in (answer or "")
    with reading() as session:
        assert "Tom> &" in (session.scalars(select(Ticket.name)).one() or "")


@pytest.mark.parametrize("word", ["STOP", "HELP", "START"])
def test_the_carriers_own_words_are_answered_by_the_carrier(
    carrier: Carrier, queue: Queue, word: str
) -> None:
    assert carrier.texts(word) is None


def test_a_phone_of_another_country_is_refused(
    carrier: Carrier, queue: Queue, no_change: Callable[[], str]
) -> None:
    assert carrier.texts("CET236", "+447911123456") is None
    before = no_change()
    assert "refused_countries (1, 'GG'" in before, "the manager is told of the country, and of no phone"
    assert tickets() == 0
    assert carrier.texts("CET236", "+447911123457") is None
    assert no_change() == before


def test_an_unforeseen_fault_is_answered_in_words_and_logged_in_one_line(
    carrier: Carrier, queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_facts: object) -> None:
        raise RuntimeError("the roof fell in")

    with monkeypatch.context() as patched:
        patched.setattr(conversation, "understand", broken)
        patched.setattr(joins_batched, "understand", broken)
        answer = carrier.texts("CET236", sid="SM1")
    assert "again" in (answer or "")
    assert tickets() == 0
    (line_of_log,) = [written(record) for record in caplog.records if record.levelno >= logging.ERROR]
    assert "Traceback" in line_of_log
    assert "the roof fell in" in line_of_log
    assert "\n" not in line_of_log
    assert (carrier.texts("CET236", sid="SM1") or "").startswith("You are number 1")


def test_each_phone_gets_its_own_number(carrier: Carrier, queue: Queue) -> None:
    for index in range(12):
        answer = carrier.texts("CET236", phone(index))
        assert (answer or "").startswith(f"You are number {index + 1}")


def test_texts_are_kept_with_their_answers(carrier: Carrier, business: Business, queue: Queue) -> None:
    answer = carrier.texts("CET236", ANA, sid="SM1")
    carrier.texts("OK", BEN, sid="SM2")
    with reading() as session:
        kept = {m.sid: m for m in session.scalars(select(InboundMessage))}
    assert (kept["SM1"].reply, kept["SM1"].queue_id) == (answer, queue.id)
    assert (kept["SM2"].body, kept["SM2"].reply) == ("OK", None)


def test_get_is_refused(carrier: Carrier, db: Database) -> None:
    assert carrier.client.get("/webhooks/sms").status_code in (403, 405)

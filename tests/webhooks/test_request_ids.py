"""One request id from an incoming text to its effects: in the log, the database and outgoing texts."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from sqlalchemy import select

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import on_both
from tests.webhooks.conftest import Carrier
from tests.world import ANA, call_next, join, phone, press


def lines_of(written: StringIO, request_id: str | None) -> list[str]:
    assert request_id
    return [line for line in written.getvalue().splitlines() if f"request={request_id}" in line]


def test_a_text_and_its_answers_delivery_are_found_by_one_id(
    carrier: Carrier, queue: Queue, written: StringIO
) -> None:
    form = carrier.form("CET236")
    came = carrier.post("/webhooks/sms", form).headers["X-Request-Id"]
    with reading() as session:
        assert session.scalars(select(InboundMessage.request_id)).all() == [came]
    report = {"MessageStatus": "delivered", "AccountSid": carrier.settings.account_sid}
    callback = carrier.post(f"/webhooks/status?reply={form['MessageSid']}", report).headers["X-Request-Id"]
    joined, answered, reported = lines_of(written, came)
    assert " joined request=" in joined
    assert "text answered" in answered
    assert "ticket=" in answered
    assert " reply request=" in reported
    assert reported.endswith(f"state=delivered callback={callback}")


@on_both
def test_each_of_many_texts_of_one_moment_keeps_its_own_id(carrier: Carrier, queue: Queue) -> None:
    forms = [carrier.form("CET236", phone(index)) for index in range(8)]

    def deliver(form: dict[str, str]) -> str:
        return Carrier(carrier.client.application).post("/webhooks/sms", form).headers["X-Request-Id"]

    with ThreadPoolExecutor(8) as crowd:
        ids = dict(zip((form["MessageSid"] for form in forms), crowd.map(deliver, forms), strict=True))
    assert len(set(ids.values())) == 8
    with reading() as session:
        found = session.execute(select(InboundMessage.sid, InboundMessage.request_id)).all()
    assert {row.sid: row.request_id for row in found} == ids


@pytest.mark.parametrize("words", ["CET236", "JOIN CET236"])  # batched with other texts, and alone
def test_the_text_to_an_idle_servicer_names_the_join_that_caused_it(
    carrier: Carrier, queue: Queue, luis: Servicer, words: str
) -> None:
    def work(session: object) -> None:
        row = session.get_one(Servicer, luis.id)  # type: ignore[attr-defined]
        row.set_phone("+15550107001")
        row.wants_join_texts = True

    transaction(work)
    press(queue, luis, lambda s, q, by: None)
    came = carrier.post("/webhooks/sms", carrier.form(words)).headers["X-Request-Id"]
    assert [(text.kind, text.request_id) for text in texts()] == [(TextKind.SOMEBODY_JOINED, came)]


def test_a_text_that_leaves_and_its_report_name_what_caused_it(
    carrier: Carrier, queue: Queue, rosa: Servicer, written: StringIO
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    transaction(lambda s: s.execute(OutboundMessage.__table__.update().values(request_id="a-press")))  # type: ignore[attr-defined]
    day = Day()
    send_all(sender_with(ScriptedCarrier(), day), day)
    form = {"MessageStatus": "delivered", "AccountSid": carrier.settings.account_sid}
    carrier.post(f"/webhooks/status?m={texts()[0].reference}", form)
    left, reported = lines_of(written, "a-press")
    assert re.search(r" text outcome=accepted .*\brequest=a-press\b", left)
    assert " report request=" in reported


@pytest.mark.parametrize("named", ["7f3c-PROXY", "x" * 129, "two words", ""])
def test_an_id_that_a_proxy_names_stands_beside_ours_if_it_is_well_formed(
    carrier: Carrier, db: Database, written: StringIO, named: str
) -> None:
    answer = carrier.client.post("/webhooks/status", headers={"X-Request-Id": named})
    ours = answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{12}", ours)
    (line,) = [line for line in lines_of(written, ours) if " request " in line]
    assert ("proxys_id=7f3c-PROXY" in line) == (named == "7f3c-PROXY")
    assert ("proxys_id" in line) == (named == "7f3c-PROXY")

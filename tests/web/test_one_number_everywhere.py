"""Texts and pages give the same wait for the same place at the same moment."""

import re
from datetime import UTC, datetime, time

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.opening import pause_queue
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from tests.bot.stage import each_takes, send_on
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, join, make_queue, phone, ticket

pytestmark = in_turn

RANGE = re.compile(r"(\d+)[-–](\d+) min")


def ranges(words: str | None) -> set[tuple[int, int]]:
    return {(int(low), int(high)) for low, high in RANGE.findall(words or "")}


def facts_of(queue: Queue, kind: TextKind) -> dict[str, object]:
    with reading() as session:
        mine = (OutboundMessage.queue_id == queue.id, OutboundMessage.kind == kind)
        return dict(session.scalars(select(OutboundMessage).where(*mine)).one().facts)


@pytest.mark.parametrize("paused", [False, True])
def test_every_page_and_text_says_the_same_range(
    app: Flask, business: Business, queue: Queue, rosas: Visitor, paused: bool
) -> None:
    there = make_queue(business, "SHAVE")
    each_takes(4, queue), each_takes(4, there)
    for one in (ANA, BEN, CAI):
        join(queue, one)
        join(there, phone(int(one[-1])))
    if paused:
        transaction(
            lambda s: pause_queue(s, Queue.lock(s, queue.id), by=By.command(), now=NOON, reason="Lunch")
        )
    same = {(8, 25)}  # with three ahead

    assert ranges(rosas.open("/control/CET236").text) & same
    assert ranges(Visitor(app).open("/q/CET236").text) == same
    assert ranges(Visitor(app).open("/q/CET236/board").text) == same
    page = Visitor(app).open(f"/t/{ticket(queue, 1).token}")
    assert ranges(page.text) == {(2, 6), (6, 20)}  # as it is, and after letting two go first
    assert ranges(text_in("LATER", ANA).text) == {(6, 20)}

    joined, status = text_in("CET236", phone(9)).text, text_in("STATUS", phone(9)).text
    assert ranges(joined) == ranges(status) == same
    assert ("(Lunch)" in (joined or "")) == ("(Lunch)" in (status or "")) == paused
    assert ranges(Visitor(app).open(f"/t/{ticket(queue, 4).token}").text) >= same

    assert send_on(4, queue, there, NOON) == 4
    told = facts_of(there, TextKind.TRANSFERRED)
    assert (told["wait_low"], told["wait_high"]) == (8, 25)


def test_who_joins_at_the_desk_shortly_before_closing_is_told_so_by_text(
    queue: Queue, rosas: Visitor
) -> None:
    def closes_soon(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        set_hours(session, locked, EVERY_DAY, (time(9), time(12, 20)), now=datetime.now(UTC))

    transaction(closes_soon)
    each_takes(4, queue)
    join(queue, BEN), join(queue, CAI), join(queue, None, source=Source.DESK)
    rosas.open("/control/CET236")
    rosas.press("Add walk-in", phone=ANA)
    assert facts_of(queue, TextKind.JOINED)["closes_time"] == "12:20"

"""Texts of one moment are answered as they would be one after the other."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handle_texts import handle_texts, lock_queue_named, may_share_a_commit
from bot.incoming import HandledText, UnroutedText
from bot.wording.gsm7 import segments
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.storage.group_commit import GroupTooLarge
from models.texts.inbox import InboundMessage
from models.texts.open_questions import OpenQuestion
from tests import world
from tests.one_database import on_both
from tests.world import ANA, BEN, CAI, NOON, SHOP_PHONE

pytestmark = on_both


def texts_in(*texts: UnroutedText) -> list[HandledText | None]:
    def work(session: Session) -> list[HandledText | None]:
        lock_queue_named(session, texts[0])
        return handle_texts(
            session,
            texts,
            now=NOON,
            public_url="https://queue.example.com",
            settle_after=timedelta(seconds=45),
        )

    return transaction(work)


def text(sid: str, body: str = "CET236", sender: str = ANA, to: str = SHOP_PHONE) -> UnroutedText:
    return UnroutedText(sid, to, sender, body)


def replies(*texts: UnroutedText) -> list[str]:
    """What each is told; "" for silence, and for a text that is to nobody of us."""
    return [(answer.reply or "") if answer else "" for answer in texts_in(*texts)]


def kept_reply(sid: str) -> InboundMessage:
    with reading() as session:
        return session.scalars(select(InboundMessage).where(InboundMessage.sid == sid)).one()


def test_each_gets_the_next_number_and_who_is_ahead(queue: Queue) -> None:
    first, second, third = replies(text("1"), text("2", "cet236 Ben 4", BEN), text("3", "Join CET236", CAI))
    assert "number 1 " in first
    assert "You're next" in first
    assert "number 2 for Haircuts, Ben" in second
    assert "number 3 " in third
    assert "2 people ahead" in third
    with reading() as session:
        tickets = session.scalars(select(Ticket).order_by(Ticket.number)).all()
        assert [(t.number, t.name, t.party) for t in tickets] == [(1, None, 1), (2, "Ben", 4), (3, None, 1)]
        joined = session.scalars(select(Event).where(Event.kind == EventKind.JOINED).order_by(Event.id)).all()
        assert {event.ticket_id for event in joined} == {ticket.id for ticket in tickets}
        assert [(event.facts or {})["ahead"] for event in joined] == [0, 1, 2]
        assert all(customer.welcomed_at == NOON for customer in session.scalars(select(Customer)))
        assert session.get_one(Queue, queue.id).last_number == 3
    for sid, reply in ("1", first), ("2", second), ("3", third):
        assert (kept_reply(sid).reply, kept_reply(sid).reply_segments) == (reply, segments(reply))
        assert kept_reply(sid).reply_settle_after == NOON + timedelta(seconds=45)


def test_a_copy_gets_what_the_first_got(queue: Queue) -> None:
    (first,) = replies(text("1"))
    copy, other = replies(text("1"), text("2", sender=BEN))
    assert copy == first
    assert "number 2 " in other


def test_two_copies_at_once_are_one_text(queue: Queue) -> None:
    first, copy = replies(text("1"), text("1"))
    assert first == copy
    assert "number 1 " in first


def test_several_texts_of_one_phone_are_taken_in_their_order(queue: Queue) -> None:
    takes, leaves, other, again = replies(text("1"), text("2", "leave"), text("3", sender=BEN), text("4"))
    assert "number 1 " in other  # whoever texts once is done first
    assert "number 2 " in takes
    assert "left" in leaves
    assert "number 3 " in again


def test_who_waits_already_keeps_the_number(queue: Queue) -> None:
    world.join(queue, ANA)
    waits, joins = replies(text("1"), text("2", sender=BEN))
    assert "number 1 " in waits
    assert "number 2 " in joins


def test_whoever_was_asked_something_joins_too_and_that_ends_the_question(queue: Queue) -> None:
    texts_in(text("1", "CET263"), text("2", "CET263", BEN))
    first, second, third = replies(text("3"), text("4", "CET236", BEN), text("5", "CET236", CAI))
    assert sorted(
        number for reply in (first, second, third) for number in re.findall(r"number (\d)", reply)
    ) == ["1", "2", "3"]
    with reading() as session:
        assert not session.scalars(select(OpenQuestion)).all()


def test_who_opted_out_gets_a_number_and_no_answer(queue: Queue) -> None:
    def opt_out(session: Session) -> None:
        number = OurNumber.by_phone(session, SHOP_PHONE)
        assert number is not None
        Customer.with_phone(session, queue.business_id, ANA, NOON).opt_out(session, number.id, NOON)

    transaction(opt_out)
    silence, other = replies(text("1"), text("2", sender=BEN))
    assert silence == ""
    assert "number 2 " in other
    assert kept_reply("1").reply_settle_after is None
    with reading() as session:
        welcomed = session.scalars(select(Customer.welcomed_at).order_by(Customer.id)).all()
    assert welcomed == [None, NOON]


def test_as_many_as_there_is_room_for_get_a_number(queue: Queue) -> None:
    def narrow(session: Session) -> None:
        session.get_one(Queue, queue.id).capacity = 2

    transaction(narrow)
    answers = replies(text("1"), text("2", sender=BEN), text("3", sender=CAI))
    assert ["You are number" in answer for answer in answers] == [True, True, False]


def test_a_closed_queue_refuses_each(queue: Queue) -> None:
    def close(session: Session) -> None:
        session.get_one(Queue, queue.id).state = QueueState.CLOSED

    transaction(close)
    assert all("closed" in answer for answer in replies(text("1"), text("2", sender=BEN)))
    with reading() as session:
        assert session.scalars(select(Ticket)).all() == []


def test_a_keyword_is_known_at_its_own_business_s_number_only(queue: Queue) -> None:
    other_phone = "+15550100009"

    def open_another(session: Session) -> None:
        business = Business(name="Other", timezone="UTC", created_at=NOON)
        session.add(business)
        session.flush()
        session.add(OurNumber(business_id=business.id, phone=other_phone, created_at=NOON))
        session.add(Queue(business_id=business.id, keyword="DOC", name="Doctor", created_at=NOON))

    transaction(open_another)
    ours, theirs, wrong = replies(
        text("1"), text("2", "DOC", BEN, other_phone), text("3", "CET236", CAI, other_phone)
    )
    assert "number 1 " in ours
    assert "number 1 " in theirs
    assert "You are number" not in wrong
    assert texts_in(text("4", to="+15550199999")) == [None]


def test_many_who_come_to_a_full_queue_are_not_refused_in_one_transaction(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handle_texts.MOST_HANDLED_SINGLY", 2)
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "capacity", 2))
    crowd = [text("1"), text("2", sender=BEN), text("3", sender=CAI)]
    with pytest.raises(GroupTooLarge):
        texts_in(*crowd)
    assert ["You are number" in reply for reply in replies(*crowd[:1]) + replies(*crowd[1:])] == [1, 1, 0]


@pytest.mark.parametrize(
    ("body", "together"),
    [
        ("CET236", True),
        ("cet-236 Ana", True),
        ("LEAVE CET236", False),
        ("", False),
        ("👍", False),
        ("STOP", False),
    ],
)
def test_only_texts_that_begin_with_the_same_keyword_share_a_commit(body: str, together: bool) -> None:
    assert (may_share_a_commit(text("1", body)) is not None) is together


def wrote() -> list[str | None]:
    with reading() as session:
        return list(session.scalars(select(Customer.wrote_language).order_by(Customer.id)))


def test_each_is_answered_in_the_language_it_is_written_in(queue: Queue) -> None:
    spanish, french, plain = replies(
        text("1", "CET236 me llamo Ana"), text("2", "CET236 je m'appelle Ben", BEN), text("3", sender=CAI)
    )
    assert spanish.startswith("Tiene el numero 1 ")
    assert french.startswith("Vous avez le numéro 2 ")
    assert plain.startswith("You are number 3 ")
    assert sorted(wrote(), key=str) == [None, "es", "fr"]


def test_who_is_known_is_answered_in_what_they_write_now_else_in_what_they_wrote(queue: Queue) -> None:
    replies(text("1", "CET236 me llamo Ana"), text("2", "CET236 je m'appelle Ben", BEN))
    replies(text("3", "leave"), text("4", "leave", BEN))
    still, now_english = replies(text("5"), text("6", "CET236 my name is Ben", BEN))
    assert still.startswith("Tiene el numero 3 ")
    assert now_english.startswith("You are number 4 ")
    assert sorted(wrote(), key=str) == ["en", "es"]


def test_the_language_asked_for_wins_over_the_one_written(queue: Queue) -> None:
    replies(text("1", "LANG fr"))
    asked, other = replies(text("2", "CET236 me llamo Ana"), text("3", sender=BEN))
    assert asked.startswith("Vous avez le numéro 1 ")
    assert other.startswith("You are number 2 ")

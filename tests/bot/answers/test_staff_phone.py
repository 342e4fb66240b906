"""A manager's own phone: the one that texts the code of their page gets their alarms."""

from datetime import datetime

import pytest

from bot.answers.text_me import WRONG_CODES
from bot.reply_kinds import ReplyKind
from models.alarms.choices import AlarmSettings
from models.alarms.phone_proof import alarm_code_in, text_that_proves
from models.people.addresses import Channel
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, make_business, make_number, make_servicer, minutes


@pytest.fixture
def rosa(business: Business) -> Servicer:
    return make_servicer(business, "Rosa", role=Role.MANAGER)


def code_of(person: Servicer, now: datetime = NOON) -> str:
    with reading() as session:
        return text_that_proves(session, session.get_one(Servicer, person.id), now)


def set_phone(person: Servicer, phone: str | None) -> None:
    """As on the page of their account."""
    transaction(lambda session: session.get_one(Servicer, person.id).set_phone(phone))


def phone_of(person: Servicer) -> tuple[str | None, bool]:
    """Their phone, and whether it gets their alarms."""
    with reading() as session:
        row, own = session.get_one(Servicer, person.id), session.get(AlarmSettings, person.id)
        is_theirs = row.phone_proved_at is not None and own is not None and own.by_text
        return row.phone, is_theirs


@pytest.mark.parametrize("written", ["{}", " {}. ", "{}\n"])
def test_the_phone_that_texts_the_code_gets_the_alarms(queue: Queue, rosa: Servicer, written: str) -> None:
    reply = text_in(written.format(code_of(rosa).lower()), ANA)
    assert reply.kind == ReplyKind.STAFF_PHONE
    thanks = "Thanks, Rosa. This phone now gets alarms from Barber Lopes."
    assert reply.text == f"{thanks} Reply STOP to end them."
    assert phone_of(rosa) == (ANA, True)


def test_somebody_in_line_says_nothing_to_the_counter_by_it(queue: Queue, rosa: Servicer) -> None:
    text_in("CET236 Rosa", ANA)
    assert text_in(code_of(rosa), ANA).kind == ReplyKind.STAFF_PHONE


def test_a_code_is_good_for_an_hour(queue: Queue, rosa: Servicer) -> None:
    assert text_in(code_of(rosa), ANA, NOON + minutes(49)).kind == ReplyKind.STAFF_PHONE
    assert text_in(code_of(rosa), BEN, NOON + minutes(61)).kind == ReplyKind.UNKNOWN
    assert phone_of(rosa) == (ANA, True)


def test_a_code_is_good_once(queue: Queue, rosa: Servicer) -> None:
    """Else whoever saw it on the manager's screen would get the alarms instead."""
    seen = code_of(rosa)
    text_in(seen, ANA)
    assert text_in(seen, BEN).kind == ReplyKind.UNKNOWN
    assert phone_of(rosa) == (ANA, True)
    text_in(code_of(rosa), BEN)
    assert phone_of(rosa) == (BEN, True)


@pytest.mark.parametrize("phone", [None, BEN])
def test_a_code_is_good_once_whatever_becomes_of_the_phone(
    queue: Queue, rosa: Servicer, phone: str | None
) -> None:
    before, seen = code_of(rosa, NOON - minutes(20)), code_of(rosa)
    text_in(seen, ANA)
    set_phone(rosa, phone)
    for old in (seen, before):
        assert text_in(old, BEN).kind == ReplyKind.UNKNOWN
    assert phone_of(rosa) == (phone, False)
    assert text_in(code_of(rosa), ANA).kind == ReplyKind.STAFF_PHONE, "the page shows a new one at once"


def test_a_code_is_good_once_over_midnight(queue: Queue, rosa: Servicer) -> None:
    midnight = NOON.replace(hour=0)
    before, seen = (code_of(rosa, midnight + minutes(after)) for after in (-20, 5))
    assert text_in(before, ANA, midnight + minutes(10)).kind == ReplyKind.STAFF_PHONE
    set_phone(rosa, None)
    for old in (seen, before):
        assert text_in(old, BEN, midnight + minutes(15)).kind == ReplyKind.UNKNOWN


@pytest.mark.parametrize("name", ["Martin", "MIGUEL", "Ana"])
def test_a_name_behind_such_a_keyword_is_no_wrong_code(name: str) -> None:
    assert alarm_code_in(f"ALARM {name}") is None
    assert alarm_code_in("alarm cdf23g.") == "CDF23G"


@in_turn
@pytest.mark.parametrize("text", ["ALARM CDF234", "ALARM", "ALARM CDF2345", "please ALARM CDF234"])
def test_any_other_text_is_answered_as_before(queue: Queue, rosa: Servicer, text: str) -> None:
    assert text_in(text, ANA).kind == ReplyKind.UNKNOWN
    assert phone_of(rosa) == (None, False)


def test_a_servicer_and_another_business_have_no_such_code(queue: Queue, luis: Servicer) -> None:
    elsewhere = make_servicer(make_business(name="Clinic", number="+15550100001"), "Mia", role=Role.MANAGER)
    for person in (luis, elsewhere):
        assert text_in(code_of(person), ANA).kind == ReplyKind.UNKNOWN
        assert phone_of(person) == (None, False)


def test_guessing_is_limited_and_then_met_with_silence(queue: Queue, rosa: Servicer) -> None:
    for guess in range(WRONG_CODES.most):
        text_in(f"ALARM CDF2{guess // 8 + 2}{guess % 8 + 2}", ANA)
    assert text_in(code_of(rosa), ANA).text is None
    assert phone_of(rosa) == (None, False)
    assert text_in(code_of(rosa), BEN).kind == ReplyKind.STAFF_PHONE


def test_a_phone_that_has_stopped_our_texts_must_start_them_first(queue: Queue, rosa: Servicer) -> None:
    text_in("STOP", ANA)
    assert text_in(code_of(rosa), ANA).kind == ReplyKind.CODE_OPTED_OUT
    assert phone_of(rosa) == (None, False)
    text_in("START", ANA)
    assert text_in(code_of(rosa), ANA).kind == ReplyKind.STAFF_PHONE


def test_not_by_a_channel_on_which_we_can_not_write_first(
    queue: Queue, business: Business, rosa: Servicer
) -> None:
    make_number(business)
    assert text_in(code_of(rosa), ANA, channel=Channel.WHATSAPP).kind != ReplyKind.STAFF_PHONE
    assert phone_of(rosa) == (None, False)


def test_a_phone_that_is_typed_later_is_nobodys_yet(queue: Queue, rosa: Servicer) -> None:
    text_in(code_of(rosa), ANA)
    transaction(lambda session: session.get_one(Servicer, rosa.id).set_phone(BEN))
    assert phone_of(rosa) == (BEN, False)

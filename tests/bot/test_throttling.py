"""A phone that texts without end: told once, then silence; whoever wants to leave is always heard."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import throttling
from bot.reply_kinds import ReplyKind
from bot.throttling import NOT_UNDERSTOOD, NOT_UNDERSTOOD_ALIKE
from models.queueing.refusals import MOST_NUMBERS_AN_HOUR
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.storage.rate_limits import Limit
from models.texts.inbox import InboundMessage
from tests.bot.transcript import text_in
from tests.world import ANA, BEN, CAI, NOON, line

TEXTS = Limit("texts", 30, timedelta(hours=1))
ALIKE = Limit("texts alike", 8, timedelta(minutes=10))


@pytest.fixture(autouse=True)
def soon_too_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule with less patience, so that the tests need not text for long."""
    if request.function not in WITH_ALL_OUR_PATIENCE:
        monkeypatch.setattr(throttling, "TEXTS", TEXTS)
        monkeypatch.setattr(throttling, "ALIKE", ALIKE)


def replies(bodies: list[str], phone: str = ANA, seconds: int = 1) -> list[str | None]:
    """What a phone is answered that sends these, one a second."""
    moments = (NOON + timedelta(seconds=seconds * index) for index in range(len(bodies)))
    return [text_in(body, phone, now).text for body, now in zip(bodies, moments, strict=True)]


def test_so_many_texts_in_an_hour_then_one_that_says_so_then_silence(queue: Queue) -> None:
    words = ["CET236", *[f"STATUS {'please ' * index}" for index in range(TEXTS.most + 4)]]
    told = replies(words)
    assert all(told[: TEXTS.most])
    assert told[TEXTS.most + 1] == (
        "That's a lot of texts in a short time. We'll read your next one in 60 min; "
        "LEAVE and STOP always work. You can also ask at the counter."
    )
    assert told[TEXTS.most + 2 :] == [None] * 3


def test_an_hour_later_they_are_answered_again(queue: Queue) -> None:
    replies(["CET236", *[f"STATUS {'please ' * index}" for index in range(TEXTS.most + 4)]])
    assert text_in("STATUS", ANA, NOON + timedelta(hours=1, minutes=1)).text


def test_others_are_answered_all_the_while(queue: Queue) -> None:
    replies(["hello there"] * 60)
    assert text_in("CET236", BEN).text


def test_whoever_has_texted_too_much_takes_no_number_but_can_leave_and_stop(queue: Queue) -> None:
    replies(["CET236", "LEAVE", *[f"STATUS {'please ' * index}" for index in range(TEXTS.most + 2)]])
    now = NOON + timedelta(minutes=5)
    assert text_in("CET236", ANA, now).text is None
    assert line(queue) == []
    replies(["CET236", *[f"STATUS {'please ' * index}" for index in range(TEXTS.most + 2)]], CAI)
    assert line(queue) == [2]
    assert text_in("LEAVE", CAI, now).text is None
    assert line(queue) == []
    text_in("STOP", CAI, now)
    assert text_in("STATUS", CAI, now + timedelta(hours=2)).text is None, "opted out"


def test_forgetting_oneself_does_not_begin_the_count_anew(queue: Queue) -> None:
    replies(["CET236", "FORGET", "FORGET"] * (TEXTS.most + 5), seconds=3)
    with reading() as session:
        tickets = session.scalar(select(func.count()).select_from(Ticket)) or 0
    assert tickets <= TEXTS.most + 1


def test_a_phone_that_answers_by_itself_is_left_alone_after_a_few(queue: Queue) -> None:
    told = replies(["I'm driving and will get back to you later today."] * 10, seconds=3)
    assert [bool(words) for words in told] == [True] * NOT_UNDERSTOOD_ALIKE.most + [False] * 6


def test_many_different_texts_that_nobody_understands_are_left_alone_in_the_end(queue: Queue) -> None:
    told = replies([f"hmm what {'so ' * index}" for index in range(NOT_UNDERSTOOD.most + 3)])
    assert [bool(words) for words in told] == [True] * NOT_UNDERSTOOD.most + [False] * 3


def test_an_automatic_answer_that_names_the_keyword_is_left_alone_too(queue: Queue) -> None:
    told = replies(["CET236 Away until Monday"] * (ALIKE.most + 6), seconds=3)
    assert sum(bool(words) for words in told) <= ALIKE.most + 3
    assert told[-3:] == [None] * 3
    assert line(queue) == [1]


def test_what_is_not_read_is_not_kept(queue: Queue) -> None:
    replies(["I'm driving"] * 10)
    with reading() as session:
        kept = session.scalars(select(InboundMessage.body).order_by(InboundMessage.id)).all()
    assert kept == ["I'm driving"] * NOT_UNDERSTOOD_ALIKE.most + [""] * 6


def test_one_phone_takes_only_so_many_numbers_in_an_hour(queue: Queue) -> None:
    for index in range(MOST_NUMBERS_AN_HOUR):
        now = NOON + timedelta(seconds=index)
        assert text_in("CET236", ANA, now).kind == ReplyKind.JOINED
        text_in("LEAVE", ANA, now)
    last = text_in("CET236", ANA, NOON + timedelta(minutes=1))
    assert last.kind == ReplyKind.TOO_OFTEN
    assert (last.text or "").startswith("You've taken a lot of numbers in a short time.")
    assert text_in("CET236", ANA, NOON + timedelta(minutes=62)).kind == ReplyKind.JOINED


def test_the_readme_tells_how_much_patience_we_have() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())
    assert f"| texts from one phone | {throttling.TEXTS.most} answers an hour |" in readme
    assert f"| numbers for one phone | {MOST_NUMBERS_AN_HOUR} an hour |" in readme
    assert throttling.ALIKE.most >= 30, "a careless thumb"


WITH_ALL_OUR_PATIENCE = (
    test_the_readme_tells_how_much_patience_we_have,
    test_one_phone_takes_only_so_many_numbers_in_an_hour,
)

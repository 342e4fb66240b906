"""The proof's judge of calls: what is told, called or left once too often is a fault, all else is none."""

import pytest

from bot.reply_kinds import ReplyKind
from models.people.actors import Actor
from models.queueing.tables.events import Event, EventKind
from models.texts.inbox import InboundMessage
from tests.proof.calls import ON_HOLD, called_twice, given_up, hold_told_twice

CALLED, HELD, PUT_BACK = EventKind.CALLED, EventKind.SET_ASIDE, EventKind.PUT_BACK
WAS_CALLED, WAS_WAITING = {"state": "called"}, {"state": "waiting"}


def events_of(*kinds: EventKind, actor: Actor = Actor.SERVICER) -> list[Event]:
    return [Event(id=i, ticket_id=1, kind=kind, actor=actor, before={}) for i, kind in enumerate(kinds, 1)]


@pytest.mark.parametrize("between", [[HELD], [PUT_BACK], [EventKind.LEFT, EventKind.BROUGHT_BACK]])
def test_who_has_waited_again_may_be_called_again(between: list[EventKind]) -> None:
    assert not list(called_twice(events_of(CALLED, *between, CALLED)))


@pytest.mark.parametrize("between", [[], [EventKind.COMING], [EventKind.LEFT]])
def test_who_has_not_waited_again_was_called_twice(between: list[EventKind]) -> None:
    assert list(called_twice(events_of(CALLED, *between, CALLED)))


def test_whoever_is_called_again_by_undo_of_hold_may_not_be_called_once_more() -> None:
    events = events_of(CALLED, HELD, EventKind.UNDONE, CALLED)
    events[1].before, events[2].undoes_id = WAS_CALLED, 2
    assert list(called_twice(events))


def test_whoever_waits_again_by_undo_of_the_call_may_be_called() -> None:
    events = events_of(CALLED, EventKind.UNDONE, CALLED)
    events[0].before, events[1].undoes_id = WAS_WAITING, 1
    assert not list(called_twice(events))


def test_each_hold_is_told_once() -> None:
    told = f"{ON_HOLD}, number 7: we're keeping your place."
    assert not list(hold_told_twice([told], events_of(CALLED, HELD)))
    assert list(hold_told_twice([told, told], events_of(CALLED, HELD)))


def test_each_9_ends_one_ticket_and_the_1_after_it_brings_it_back() -> None:
    texts = [InboundMessage(reply_kind=kind) for kind in (ReplyKind.GAVE_UP, ReplyKind.BROUGHT_BACK)]
    once = events_of(EventKind.LEFT, EventKind.BROUGHT_BACK, actor=Actor.CUSTOMER)
    assert not list(given_up(texts, once))
    assert list(given_up(texts, once[:1]))
    assert list(given_up(texts, [*once, *once]))

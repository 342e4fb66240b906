"""Every word in every state of a customer's affairs, as one table: none crashes or answers nonsense."""

import re
from collections.abc import Callable, Iterable
from itertools import cycle

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import Reply, answer
from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import GSM_TEXT, segments
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.queueing import ending, moving
from models.queueing.day_turn import turn_if_due
from models.queueing.opening import close_queue
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from models.texts.inbox import InboundMessage
from tests import world
from tests.bot.stage import pause, send_on, serve, start, turn_text_leaves
from tests.bot.transcript import PUBLIC_URL, text_in
from tests.world import ANA, BEN, NOON, call_next, change, minutes

# The kind of each answer; a dash is silence. What a word does is tested elsewhere.
TABLE = """
              nobody            waiting           called            serving           served            ended             held              gave_up
CET236        joined            already_waiting   status_called     status_serving    joined            joined            already_waiting   joined
CET236 Ana 4  joined            already_waiting   status_called     status_serving    joined            joined            already_waiting   joined
JOIN          queue_chooser     queue_chooser     queue_chooser     queue_chooser     queue_chooser     queue_chooser     queue_chooser     queue_chooser
STATUS        not_waiting       status            status_called     status_serving    not_waiting       not_waiting       status            not_waiting
?             not_waiting       status            status_called     status_serving    not_waiting       not_waiting       status            not_waiting
STATUS CET236 not_waiting       status            status_called     status_serving    not_waiting       not_waiting       status            not_waiting
WHEN          when_chooser      status            status_called     status_serving    when_chooser      when_chooser      status            when_chooser
WHEN CET236   when              when              when              when              when              when              when              when
LEAVE         nothing_to_leave  left              left              leaving_told      nothing_to_leave  nothing_to_leave  left              nothing_to_leave
LEAVE CET236  nothing_to_leave  left              left              leaving_told      nothing_to_leave  nothing_to_leave  left              nothing_to_leave
FORGET        forget_offered    forget_offered    forget_offered    forget_offered    forget_offered    forget_offered    forget_offered    forget_offered
Forget me     forget_offered    forget_offered    forget_offered    forget_offered    forget_offered    forget_offered    forget_offered    forget_offered
LATER         not_waiting       later_offered     later_called      status_serving    not_waiting       not_waiting       later_offered     not_waiting
LATER 2       not_waiting       later_offered     later_called      status_serving    not_waiting       not_waiting       later_offered     not_waiting
LATER CET236  not_waiting       later_offered     later_called      status_serving    not_waiting       not_waiting       later_offered     not_waiting
5             unknown           lead_set          coming            status_serving    rated             unknown           lead_set          unknown
1             unknown           lead_set          coming            status_serving    rated             unknown           lead_set          brought_back
9             unknown           lead_set          coming            status_serving    unknown           unknown           lead_set          gave_up
15 min        unknown           lead_set          coming            status_serving    unknown           unknown           lead_set          unknown
999           unknown           nobody_reads      passed_on         passed_on         unknown           unknown           nobody_reads      unknown
5 stars       unknown           unknown           unknown           unknown           rated             unknown           unknown           unknown
HERE          not_waiting       arrived           arrived           arrived           not_waiting       not_waiting       arrived           not_waiting
on my way     not_waiting       coming            coming            status_serving    not_waiting       not_waiting       coming            not_waiting
AGAIN         nothing_again     already_waiting   status_called     status_serving    joined            joined            status_serving    joined
AGAIN CET236  joined            already_waiting   status_called     status_serving    joined            joined            already_waiting   joined
LANG es       language_set      language_set      language_set      language_set      language_set      language_set      language_set      language_set
LANG xx       languages         languages         languages         languages         languages         languages         languages         languages
MENU          menu              menu              menu              menu              menu              menu              menu              menu
STOP          -                 -                 -                 -                 -                 -                 -                 -
opt_out       opted_out         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out
STOP!         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out
CANCEL!       opted_out         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out         opted_out
CANCEL        -                 -                 -                 -                 -                 -                 -                 -
START         -                 -                 -                 -                 -                 -                 -                 -
HELP          -                 -                 -                 -                 -                 -                 -                 -
thanks        -                 -                 -                 -                 -                 -                 -                 -
YES           -                 -                 -                 -                 -                 -                 -                 brought_back
sí            -                 -                 -                 -                 -                 -                 -                 brought_back
OK            -                 -                 -                 -                 -                 -                 -                 -
can I leave?  near_miss         leave_offered     leave_offered     near_miss         near_miss         near_miss         leave_offered     near_miss
LEVE          near_miss         near_miss         near_miss         near_miss         near_miss         near_miss         near_miss         near_miss
CET263        near_miss         near_miss         near_miss         near_miss         near_miss         near_miss         near_miss         near_miss
(empty)       nothing           nothing           nothing           nothing           nothing           nothing           nothing           nothing
hello         unknown           nobody_reads      passed_on         passed_on         unknown           unknown           nobody_reads      unknown
"""  # noqa: E501
STATES = TABLE.strip().splitlines()[0].split()
ROWS = {line[:14].strip(): line[14:].split() for line in TABLE.strip("\n").splitlines()[1:]}
WORDS = {"opt_out": "please opt out", "(empty)": ""}


def on_either(states: Iterable[str]) -> pytest.MarkDecorator:
    """Each state on one database, in turn: no statement of an answer depends on the state that it finds."""
    cases = list(zip(cycle(["sqlite", "postgres"]), states, strict=False))
    return pytest.mark.parametrize(("kept_database", "state"), cases, indirect=["kept_database"])


class Undone(Exception):
    """Raised to take back what a word did, so that each finds the same state."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


def said(text: str) -> Reply:
    """Ana's text and its answer; nothing of it is kept."""

    def work(session: Session) -> None:
        ours = session.scalars(select(OurNumber).where(OurNumber.phone == world.SHOP_PHONE)).one()
        now = NOON + minutes(20)
        message, _ = InboundMessage.record(session, sid="SM-once", our_number=ours, body=text, now=now)
        reply = answer(session, message, phone=ANA, now=now, public_url=PUBLIC_URL)
        session.flush()
        raise Undone(reply)

    with pytest.raises(Undone) as undone:
        transaction(work)
    return undone.value.reply


class Shop:
    """Two queues, and Ana in the first of them, with Ben and others behind her."""

    def __init__(self, business: Business) -> None:
        self.haircuts = world.make_queue(business)
        self.shaves = world.make_queue(business, "SHAVE", name="Shaves")
        self.rosa = world.make_servicer(business, "Rosa")
        self.luis = world.make_servicer(business, "Luis")

    def be(self, state: str) -> None:
        if state == "nobody":
            return
        text_in("CET236 Ana", ANA, NOON)
        # Else each word would begin the other queue's day, as each of nobody's does both, and take that back.
        transaction(lambda s: turn_if_due(s, Queue.lock(s, self.shaves.id), NOON))
        for index in range(4):
            world.join(self.haircuts, world.phone(index))
        self.ways[state]()

    @property
    def ways(self) -> dict[str, Callable[[], object]]:
        queue, rosa, later = self.haircuts, self.rosa, NOON + minutes(10)
        by = By.command()
        return {
            "waiting": lambda: None,
            "called": lambda: call_next(queue, rosa, later),
            "serving": lambda: (call_next(queue, rosa, later), start(1, queue, later)),
            "served": lambda: serve(1, queue, rosa, later),
            "ended": lambda: change(1, queue, lambda s, t: ending.remove(s, t, by=by, now=later)),
            "held": lambda: self.serve_elsewhere(),
            "gave_up": lambda: (
                call_next(queue, rosa, later),
                turn_text_leaves(later),
                text_in("9", ANA, NOON + minutes(17)),
            ),
            "no_show": lambda: (
                call_next(queue, rosa, later),
                change(1, queue, lambda s, t: ending.mark_no_show(s, t, by=by, now=later)),
            ),
            "put_back": lambda: (
                call_next(queue, rosa, later),
                change(1, queue, lambda s, t: moving.put_back(s, t, by=by, now=later)),
            ),
            "on hold": lambda: (
                call_next(queue, rosa, later),
                change(1, queue, lambda s, t: moving.set_aside(s, t, by=by, now=later)),
            ),
            "paused": lambda: pause(queue),
            "sent on": lambda: send_on(1, queue, self.shaves, later),
            "closed": lambda: transaction(
                lambda s: close_queue(s, Queue.lock(s, queue.id), by=by, now=later)
            ),
            "served and back": lambda: (serve(1, queue, rosa, later), text_in("CET236", ANA, later)),
        }

    def serve_elsewhere(self) -> None:
        """Being served for Shaves while Haircuts keeps her place, which she texted about last."""
        text_in("SHAVE", ANA, NOON + minutes(1))
        call_next(self.shaves, self.luis, NOON + minutes(10))
        start(1, self.shaves, NOON + minutes(10))
        text_in("STATUS CET236", ANA, NOON + minutes(11))


@on_either(STATES)
def test_every_word_in_every_state_says_what_the_table_says(
    db: Database, business: Business, state: str
) -> None:
    Shop(business).be(state)
    column = STATES.index(state)
    said_now = {row: said(WORDS.get(row, row)) for row in ROWS}
    wanted = {row: None if cells[column] == "-" else cells[column] for row, cells in ROWS.items()}
    assert {row: reply.kind for row, reply in said_now.items()} == wanted
    for reply in said_now.values():
        assert_well_said(reply)


MAY_BE_UNKNOWN = ("1", "5", "9", "15 min", "999", "5 stars", "hello")
STRANGE = ("no_show", "put_back", "on hold", "paused", "sent on", "closed", "served and back")


@on_either(STRANGE)
def test_no_word_of_ours_is_lost_for_an_answer_in_stranger_states(
    db: Database, business: Business, state: str
) -> None:
    Shop(business).be(state)
    words = [row for row in ROWS if row not in WORDS] + ["SHAVE", "STATUS SHAVE", "LATER SHAVE"]
    for word in words:
        reply = said(word)
        assert reply.kind != ReplyKind.UNKNOWN or word in MAY_BE_UNKNOWN, word
        assert_well_said(reply)


def assert_well_said(reply: Reply) -> None:
    """In letters that cost nothing, two segments at most, and with no hole where a fact should be."""
    if reply.text is not None:
        assert GSM_TEXT.fullmatch(reply.text)
        assert 1 <= segments(reply.text) <= 2
        assert "None" not in reply.text
        assert "{" not in reply.text
        assert not re.search(r"(?<![\w-])-\d|\b0 (?:people|others|min)", reply.text)
        assert "it's your turn" not in reply.text.lower()


@on_either(["nobody", "waiting", "called", "served"])
def test_an_opted_out_phone_hears_nothing_whatever_it_says(
    db: Database, business: Business, state: str
) -> None:
    Shop(business).be(state)
    text_in("STOP", ANA, NOON + minutes(15))
    assert [row for row in ROWS if said(WORDS.get(row, row)).text is not None] == []


def test_a_text_of_somebody_else_changes_nothing_for_ana(db: Database, business: Business) -> None:
    shop = Shop(business)
    shop.be("waiting")
    for row in ROWS:
        text_in(WORDS.get(row, row), BEN, NOON + minutes(12))
    assert world.ticket(shop.haircuts, 1).state == "waiting"
    assert (said("STATUS").text or "").startswith("You are number 1 for Haircuts. You're next.")

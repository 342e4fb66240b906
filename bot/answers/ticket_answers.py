"""Answers to somebody with a ticket: STATUS, LEAVE, LATER, minutes, HERE, coming, and the rating after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.answers.giving_up import ANSWERS_TO_CALL, NO, YES, after_giving_up, give_up
from bot.answers.passed_on import say_to_counter
from bot.answers.questions import ask_what_was_meant
from bot.answers.ticket_meant import lock_ticket_meant, says_another_number, ticket_meant
from bot.meanings import Meaning
from bot.reply_context import Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.understanding import Intent
from models.people.actors import By
from models.queueing import ending, moving, ticket_details
from models.queueing.hours.closing_time import closing_facts, closing_of
from models.queueing.line.queries import count_ahead
from models.queueing.line.waits import wait_after
from models.queueing.moving import others_for_later
from models.queueing.tables.ticket_states import NOT_YET_SERVED, NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.open_questions import QuestionKind

RATED_WITHIN = timedelta(hours=1)
BEST_RATING = 5


def tell_status(context: ReplyContext, intent: Intent) -> Reply:
    ticket = ticket_meant(context, intent)
    return tell_ticket(context, ticket) if ticket else context.say(ReplyKind.NOT_WAITING)


def tell_ticket(context: ReplyContext, ticket: Ticket, *, welcome: bool = False) -> Reply:
    """Place, wait or call of this live ticket, and their other numbers; `welcome`: and who we are, once."""
    if ticket.state == TicketState.WAITING:
        kind, place = ReplyKind.STATUS, _place(context, ticket)
    else:
        is_called = ticket.state == TicketState.CALLED
        kind, place = ReplyKind.STATUS_CALLED if is_called else ReplyKind.STATUS_SERVING, {}
    say = context.say_welcome if welcome else context.say
    return say(kind, **ticket.facts(), **place, also=context.also(ticket))


def leave(context: ReplyContext, intent: Intent) -> Reply:
    if says_another_number(context, intent):
        return ask_what_was_meant(context, Intent(Meaning.NEAR_MISS, suggestions=("LEAVE",)))
    ticket = lock_ticket_meant(context, intent)
    if ticket is None:
        return context.say(ReplyKind.NOTHING_TO_LEAVE)
    if ticket.state == TicketState.SERVING:
        ticket_details.say_leaving(context.session, ticket, by=By.customer(), now=context.now)
        return context.say(ReplyKind.LEAVING_TOLD, **ticket.facts(), also=context.also(ticket))
    ending.leave(context.session, ticket, by=By.customer(), now=context.now)
    return context.say(ReplyKind.LEFT, **ticket.facts(), also=context.also(ticket))


def let_others_go_first(context: ReplyContext, intent: Intent) -> Reply:
    """Explained first; done when LATER is repeated in time."""
    ticket = lock_ticket_meant(context, intent, rather=TicketState.WAITING)
    if ticket is None:
        return context.say(ReplyKind.NOT_WAITING)
    if ticket.state == TicketState.CALLED:
        return context.say(ReplyKind.LATER_CALLED, **ticket.facts())
    if ticket.state != TicketState.WAITING:
        return tell_ticket(context, ticket)
    told = _others_told(context, ticket)
    try:
        others = others_for_later(context.session, ticket, intent.number or told)
    except NotPossible as refusal:
        facts = ticket.facts() | _place(context, ticket)
        return context.say(ReplyKind(refusal.reason), **facts, others=ticket.others_let_first)
    if told and (others == told or not intent.number):
        moving.let_others_go_first(context.session, ticket, others, by=By.customer(), now=context.now)
        return context.say(ReplyKind.LATER_DONE, **ticket.facts(), **_place(context, ticket), others=others)
    context.ask(QuestionKind.LATER, ticket, others=others)
    return context.say(
        ReplyKind.LATER_OFFERED,
        **ticket.facts(),
        **_place(context, ticket, behind=others),
        others=others,
        fewer=others < (intent.number or 0),
    )


def set_lead(context: ReplyContext, intent: Intent) -> Reply:
    """Sets how many minutes before their turn they are alerted; once called, in how many they are there."""
    ticket = (
        lock_ticket_meant(context, intent, rather=_state_meant(context, intent)) if intent.number else None
    )
    if ticket is None or not intent.number:
        return context.say(ReplyKind.UNKNOWN)
    if ticket.state == TicketState.CALLED:
        return _wait_for_them(context, ticket, intent.number)
    if ticket.state != TicketState.WAITING:
        return tell_ticket(context, ticket)
    ticket_details.set_lead(context.session, ticket, intent.number, by=By.customer(), now=context.now)
    return context.say(
        ReplyKind.LEAD_SET,
        **ticket.facts(),
        **_place(context, ticket),
        lead=intent.number,
        is_near=ticket.alerted_at is not None,
    )


def set_lead_or_rate(context: ReplyContext, intent: Intent) -> Reply:
    """A number alone: minutes while they have a ticket, a rating soon after.

    From somebody who was called, 1 is a yes: they are coming; and 9 a no, where they were asked.
    """
    ticket = ticket_meant(context, intent, rather=_state_meant(context, intent))
    if (reply := after_giving_up(context, intent, ticket)) is not None:
        return reply
    if ticket is None:
        return rate(context, intent)
    if ticket.state == TicketState.CALLED and intent.number == YES:
        return say_coming(context, replace(intent, number=None))
    if ticket.state == TicketState.CALLED and intent.number == NO:
        return _give_up(context, intent) or set_lead(context, intent)
    return set_lead(context, intent)


def say_here(context: ReplyContext, intent: Intent) -> Reply:
    """What they ask beside it ("I'm here, which door?") is passed on to the counter."""
    if says_another_number(context, intent):
        return ask_what_was_meant(context, Intent(Meaning.NEAR_MISS, suggestions=("HERE",)))
    ticket = lock_ticket_meant(context, intent, rather=TicketState.CALLED)
    if ticket is None:
        return context.say(ReplyKind.NOT_WAITING)
    if "?" in context.message.body:
        say_to_counter(context, ticket)
    if ticket.arrived_at is None:
        ticket_details.arrive(context.session, ticket, by=By.customer(), now=context.now)
    place = _place(context, ticket) if ticket.state == TicketState.WAITING else {}
    return context.say(ReplyKind.ARRIVED, **ticket.facts(), **place, state=ticket.state)


def say_coming(context: ReplyContext, intent: Intent) -> Reply:
    """Passes on that they are on their way, and thanks; whoever was called is waited for.

    A 1 has no words for the counter, which sees that they are coming.
    """
    ticket = lock_ticket_meant(context, intent, rather=TicketState.CALLED)
    if ticket is None:
        return context.say(ReplyKind.NOT_WAITING)
    if intent.meaning != Meaning.NUMBER:
        say_to_counter(context, ticket)
    if ticket.state not in NOT_YET_SERVED:
        return tell_ticket(context, ticket)
    if ticket.state == TicketState.CALLED:
        return _wait_for_them(context, ticket, intent.number)
    return context.say(ReplyKind.COMING, **ticket.facts(), state=ticket.state)


def rate(context: ReplyContext, intent: Intent) -> Reply:
    """Stores 1 to 5 for the ticket served last, within the hour."""
    served = select(Ticket.id).where(
        Ticket.customer_id == context.customer.id,
        Ticket.state == TicketState.SERVED,
        Ticket.ended_at >= context.now - RATED_WITHIN,
    )
    if (queue := context.queue_named(intent.keyword)) is not None:
        served = served.where(Ticket.queue_id == queue.id)
    ticket_id = context.session.scalar(served.order_by(Ticket.ended_at.desc(), Ticket.id.desc()).limit(1))
    ticket = Ticket.lock(context.session, ticket_id) if ticket_id else None
    rating = intent.number or 0
    if ticket is None or ticket.state != TicketState.SERVED or not 1 <= rating <= BEST_RATING:
        return context.say(ReplyKind.UNKNOWN)
    context.message.queue_id = ticket.queue_id
    ticket_details.rate(context.session, ticket, rating, by=By.customer(), now=context.now)
    return context.say(ReplyKind.RATED, **ticket.facts(), rating=rating)


def _state_meant(context: ReplyContext, intent: Intent) -> TicketState:
    """1 and 9 answer a call, whichever queue was texted about last; other minutes rather mean who waits."""
    is_called = any(ticket.state == TicketState.CALLED for ticket in context.live_tickets)
    answers_call = intent.meaning == Meaning.NUMBER and intent.number in ANSWERS_TO_CALL
    return TicketState.CALLED if is_called and answers_call else TicketState.WAITING


def _give_up(context: ReplyContext, intent: Intent) -> Reply | None:
    ticket = lock_ticket_meant(context, intent, rather=TicketState.CALLED)
    return give_up(context, ticket) if ticket else None


def _wait_for_them(context: ReplyContext, ticket: Ticket, minutes: int | None) -> Reply:
    """Called: their clocks wait, and they are told until when."""
    until = ticket_details.come_soon(context.session, ticket, minutes, by=By.customer(), now=context.now)
    told = {"until_time": f"{until.astimezone(ticket.queue.business.zone):%H:%M}"} if until else {}
    return context.say(ReplyKind.COMING, **ticket.facts(), **told, state=ticket.state)


def _others_told(context: ReplyContext, ticket: Ticket) -> int | None:
    """How many others they were told about, if they may still say it again."""
    question = context.question
    if question is None or (question.kind, question.ticket_id) != (QuestionKind.LATER, ticket.id):
        return None
    return int(question.facts["others"])


def _place(context: ReplyContext, ticket: Ticket, *, behind: int = 0) -> dict[str, Any]:
    """The place of a waiting ticket and its wait; `behind`: as it would be with so many more ahead."""
    ahead = count_ahead(context.session, ticket) + behind
    wait = wait_after(context.session, ticket.queue, ahead)
    closing = closing_facts(
        ticket.queue, wait, closing_of(context.session, ticket.queue, context.now), context.now
    )
    told = {"ahead": ahead, **wait.facts(), **closing, "held_by": context.held_by(ticket.id)}
    if ticket.set_aside_at is None or ticket.arrived_at is not None or behind:
        return told
    return told | {"on_hold": True, "wait_low": None, "wait_high": None, "closes_time": None}

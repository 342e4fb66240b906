"""Taking a number by text: by keyword, by JOIN alone, or AGAIN in the queue they know."""

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from bot.answers.text_me import answer_code
from bot.answers.ticket_answers import tell_ticket
from bot.joining.door_codes import ask_for_code, brings_code
from bot.meanings import Meaning
from bot.reply_context import Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.understanding import Intent
from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import Business
from models.queueing.hours.closing_time import closing_facts, closing_of
from models.queueing.hours.opening_hours import next_opening
from models.queueing.messages.text_me import code_in
from models.queueing.numbers import Taken, take_number
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.open_questions import ask_at_joining


def join(context: ReplyContext, intent: Intent) -> Reply:
    queue = context.queue_named(intent.keyword)
    if queue is None:
        return _join_whichever_is_open(context, intent)
    if intent.meaning == Meaning.JOIN and (code := code_in(intent.name)):
        return answer_code(context, queue, code)
    context.message.queue_id = queue.id
    locked = Queue.lock(context.session, queue.id)
    try:
        taken = take_number(
            context.session,
            locked,
            context.customer,
            source=Source.TEXT,
            by=By.customer(),
            now=context.now,
            our_number_id=context.message.our_number_id,
            name=intent.name,
            party=intent.party,
            says_who=says_who(intent),
            brings_code=brings_code(context, queue),
        )
    except NotPossible as refusal:
        if refusal.reason == ReplyKind.DOOR_CODE:
            return ask_for_code(context, locked)
        return _turn_away(context, locked, ReplyKind(refusal.reason))
    return _tell_number(context, locked, taken, intent.name)


def says_who(intent: Intent) -> bool:
    """Whether the text gives a name or a party size, which then replaces the waiting ticket's."""
    is_plain = intent.name is None or intent.like_name
    return intent.meaning == Meaning.JOIN and (is_plain or intent.said_name)


def join_again(context: ReplyContext, intent: Intent) -> Reply:
    """A new number in the queue they were served in last, under the name they gave there."""
    latest = func.coalesce(Ticket.ended_at, Ticket.joined_at)
    tickets = select(Ticket).where(Ticket.customer_id == context.customer.id, Ticket.moved_to_id.is_(None))
    if (queue := context.queue_named(intent.keyword)) is not None:
        tickets = tickets.where(Ticket.queue_id == queue.id)
    last = context.session.scalars(tickets.order_by(latest.desc(), Ticket.id.desc()).limit(1)).first()
    if last is None:
        return join(context, intent) if queue else context.say(ReplyKind.NOTHING_AGAIN)
    return join(context, replace(intent, keyword=last.queue.keyword, name=last.name, party=last.party))


def _join_whichever_is_open(context: ReplyContext, intent: Intent) -> Reply:
    opened = [queue for queue in context.open_queues if queue.id in context.opened]
    match opened or context.open_queues:
        case [only]:
            return join(context, replace(intent, keyword=only.keyword))
        case []:
            is_last_call = any(queue.state == QueueState.LAST_CALL for queue in context.queues)
            kind = ReplyKind.LAST_CALL if is_last_call else ReplyKind.CLOSED
            if len(context.queues) == 1:
                return _turn_away(context, context.queues[0], kind)
            return context.say(kind, queue=context.business.name)
        case several:
            choices = [{"keyword": queue.keyword, "queue": queue.name} for queue in several]
            return context.say(ReplyKind.QUEUE_CHOOSER, choices=choices)


def _turn_away(context: ReplyContext, queue: Queue, kind: ReplyKind) -> Reply:
    if kind == ReplyKind.OTHER_CHANNEL:
        return _point_elsewhere(context, queue)
    opening = next_opening(context.session, queue, context.now) if kind in _NOT_NOW else None
    return context.say(kind, queue=queue.name, **(opening.facts() if opening else {}))


def _point_elsewhere(context: ReplyContext, queue: Queue) -> Reply:
    where = facts_of_elsewhere(context.business, queue, context.channel, context.public_url)
    return context.say(ReplyKind.OTHER_CHANNEL, queue=queue.name, **where)


def facts_of_elsewhere(
    business: Business, queue: Queue, channel: Channel, public_url: str
) -> dict[str, str | None]:
    """Where to take a number if not by this channel: by SMS if that is allowed, and always on the web."""
    by_sms = business.sms_number if queue.may_be_joined_by(Channel.SMS) else None
    return {
        "channel": channel.title,
        "keyword": queue.keyword,
        "phone": by_sms.phone if by_sms is not None else None,
        "link": f"{public_url.rstrip('/')}/q/{queue.address}",
    }


_NOT_NOW = (ReplyKind.CLOSED, ReplyKind.LAST_CALL)


def _tell_number(context: ReplyContext, queue: Queue, taken: Taken, name: str | None) -> Reply:
    if taken.state != TicketState.WAITING:
        return tell_ticket(context, context.session.get_one(Ticket, taken.ticket_id))
    reply = context.say_welcome(
        ReplyKind.JOINED if taken.is_new else ReplyKind.ALREADY_WAITING,
        **number_facts(queue, taken, name),
        **closing_facts(queue, taken.wait, closing_of(context.session, queue, context.now), context.now),
        **_holding(context, taken.ticket_id),
        **_other_channel(context, taken),
    )
    if reply.asks:
        ask_at_joining(context.session, {context.customer.id: taken.ticket_id}, context.now)
    return reply


def number_facts(queue: Queue, taken: Taken, name: str | None) -> dict[str, Any]:
    """The facts of an answer to a new ticket. Whoever had it before was asked the question then."""
    return {
        "question": queue.question if taken.is_new else None,
        "number": queue.numbered(taken.number),
        "queue": queue.name,
        "keyword": queue.keyword,
        "name": name,
        "token": taken.token,
        "ahead": taken.ahead,
        **taken.wait.facts(),
    }


def _holding(context: ReplyContext, ticket_id: int) -> dict[str, Any]:
    """The other queue that calls or serves them now, if any; not looked up for a phone that is new."""
    return {} if context.customer.welcomed_at is None else {"held_by": context.held_by(ticket_id)}


def _other_channel(context: ReplyContext, taken: Taken) -> dict[str, Any]:
    """Whether the texts about a number they had already go elsewhere than this answer."""
    if taken.is_new:
        return {}
    ticket = context.session.get_one(Ticket, taken.ticket_id)
    return {"told_elsewhere": ticket.our_number_id != context.message.our_number_id}

"""WHEN: the wait now, the quietest time left today, and the last safe time to join. Takes no number."""

from typing import Any

from bot.answers.ticket_answers import tell_status
from bot.reply_context import Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.understanding import Intent
from models.queueing.hours.opening_hours import next_opening
from models.queueing.line.queries import in_line_count, is_full
from models.queueing.line.waits import wait_after
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.statistics.forecasts.when_to_come import times_to_come


def tell_when(context: ReplyContext, intent: Intent) -> Reply:
    """Somebody in line who names no queue asks about their turn."""
    if intent.keyword is None and context.live_tickets:
        return tell_status(context, intent)
    queue = context.queue_named(intent.keyword)
    if queue is not None:
        return _tell_of(context, queue)
    match context.open_queues or context.queues:
        case [only]:
            return _tell_of(context, only)
        case []:
            return context.say(ReplyKind.NOT_WAITING)
        case several:
            choices = [{"keyword": f"WHEN {queue.keyword}", "queue": queue.name} for queue in several]
            return context.say(ReplyKind.WHEN_CHOOSER, choices=choices)


def _tell_of(context: ReplyContext, queue: Queue) -> Reply:
    context.message.queue_id = queue.id
    times = times_to_come(context.session, queue, context.now).facts()
    return context.say(
        ReplyKind.WHEN, queue=queue.name, keyword=queue.keyword, **_now(context, queue), **times
    )


def _now(context: ReplyContext, queue: Queue) -> dict[str, Any]:
    """How it is for somebody who joins now, or why nobody can."""
    if queue.state in (QueueState.CLOSED, QueueState.LAST_CALL):
        opening = next_opening(context.session, queue, context.now)
        return {"line_state": str(queue.state)} | (opening.facts() if opening else {})
    if is_full(context.session, queue):
        return {"line_state": "full"}
    count = in_line_count(context.session, queue)
    return {"line_state": "open"} | wait_after(context.session, queue, count).facts()

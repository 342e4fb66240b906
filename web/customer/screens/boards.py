"""A board of several queues for one screen: all their calls, newest first, and each queue's line.

In the business's language, whatever the browser asks for. Tells what each queue's own board tells, no more.
"""

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, NamedTuple

from flask import Blueprint, abort, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.queueing.door_codes import DoorCode, board_key_of, shown_code
from models.queueing.line.page_changes import newest_changes
from models.queueing.tables.boards import Board, BoardQueue, messages_on, queues_on
from models.storage.database import reading
from web.customer.kept import Kept
from web.customer.queue_page import PublicQueue, Serving, public_queue
from web.customer.screens.board_and_poster import may_see_codes
from web.customer.screens.spoken import calls_said
from web.customer.turned_away import opening_text
from web.http.day_turn import turn_day_of
from web.http.language import use_language

MOST_SHOWN = 9  # calls
MESSAGE_SECONDS = 10  # for each message in turn
# By queue, its newest change, and the second when it was read: estimates and hours go on without a change.
QUEUES: Kept[PublicQueue] = Kept(most=500)

blueprint = Blueprint("boards", __name__)


class OnBoard(NamedTuple):
    """A queue on a board."""

    page: PublicQueue
    colour: str
    code: DoorCode | None
    opens: str  # of a closed queue with opening hours


class Call(NamedTuple):
    """A number that was called, and the queue it is of."""

    serving: Serving
    queue: OnBoard


@blueprint.get("/b/<token>")
def show(token: str) -> Response | str:
    """With the door codes only for the business's own staff, and for whoever has the link with the key."""
    now = datetime.now(UTC)
    with reading() as session:
        board = Board.at(session, token) or abort(404)
        use_language(own=board.business.language, zone=board.business.timezone)
        rows = queues_on(session, board)
        key = board_key_of(board.id, [row.queue for row in rows])
        queues = _on_board(session, rows, may_see_codes(board.business_id, key), now)
        messages = in_turn(messages_on(session, board), board.business.language)
        business = board.business.name
    calls = calls_of(queues)
    return render_template(
        "web/customer/boards.html",
        name=board.name,
        business=business,
        token=board.token,
        now=now,
        queues=queues,
        calls=calls,
        messages=messages,
        message_shown=_shown_at(messages, now),
        changes={one.page.address: one.page.change for one in queues},
        seconds_good=min((one.code.seconds_good for one in queues if one.code), default=None),
        **_spoken(board.spoken_languages, calls),
    )


def calls_of(queues: list[OnBoard]) -> list[Call]:
    """The newest calls of all, the newest first: they are numbered across queues."""
    calls = [Call(serving, queue) for queue in queues for serving in queue.page.serving]
    return sorted(calls, key=lambda one: one.serving.call, reverse=True)[:MOST_SHOWN]


def in_turn(messages: dict[str, list[str]], first: str) -> list[tuple[str, str]]:
    """Each with its language: the first in every language, beginning with the business's, then the second."""
    languages = sorted(messages, key=lambda language: (language != first, language))
    rounds = zip_longest(*([(language, said) for said in messages[language]] for language in languages))
    return [one for each in rounds for one in each if one is not None]


def _on_board(session: Session, rows: list[BoardQueue], has_codes: bool, now: datetime) -> list[OnBoard]:
    for row in rows:
        turn_day_of(session, row.queue, now)
    changes = newest_changes(session, [row.queue for row in rows])
    return [_shown(session, row, changes[row.queue.address], has_codes, now) for row in rows]


def _shown(session: Session, row: BoardQueue, change: int, has_codes: bool, now: datetime) -> OnBoard:
    queue = row.queue
    page = QUEUES.of((queue.id, change, int(now.timestamp())), lambda: public_queue(session, queue, now))
    opens = opening_text(page.opening) if page.opening else ""
    return OnBoard(page, row.colour, shown_code(queue, now) if has_codes else None, opens)


def _spoken(languages: str, calls: list[Call]) -> dict[str, Any]:
    if not calls:
        return calls_said(languages, None)
    newest, queue = calls[0]
    return calls_said(languages, newest, "" if queue.page.prefix else queue.page.name)


def _shown_at(messages: list[tuple[str, str]], now: datetime) -> int:
    """Which message is shown, by the clock alone, so that a page that is asked for again goes on."""
    return int(now.timestamp()) // MESSAGE_SECONDS % len(messages) if messages else 0

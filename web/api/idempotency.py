"""Each POST once, however often it is sent: its answer is stored in the transaction of what it did.

The client names the request by its Idempotency-Key, for a day. The same again gets the same answer; another
request by that name is refused. A process that is killed between has done both or neither.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Response, request
from sqlalchemy.orm import Session

from models.people.programs.api_answers import ApiAnswer, is_alone, keep_answer, kept_answer
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import transaction
from models.storage.hashes import keyed_hash
from web.api.bearer import program
from web.api.refusals import CONFLICT, refused_body
from web.http.problems import Problem, problem_response

HEADER = "Idempotency-Key"
NAMED = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)


class Done(NamedTuple):
    """What was done: the answer, and whom it tells of."""

    body: dict[str, Any]
    status: int = 200
    ticket_id: int | None = None
    called_id: int | None = None


Work = Callable[[Session, datetime], Done]
BeforeRefusing = Callable[[Session, NotPossible, datetime], None]
_at_work = set[tuple[int, str]]()  # in this process; on Postgres other processes are seen by a lock


def once(fields: dict[str, Any], work: Work, before_refusing: BeforeRefusing = lambda *_: None) -> Response:
    """Do the work and store its answer, or give the answer that is stored.

    A refusal is an answer as well. `before_refusing` may record it, or raise a Problem in its place.
    """
    mine, asked = (program().key_id, _idempotency_key()), _hash_of(fields)
    if mine in _at_work:
        raise _in_progress()
    _at_work.add(mine)
    try:
        return _once(mine, asked, work, before_refusing)
    finally:
        _at_work.discard(mine)


def _once(mine: tuple[int, str], asked: str, work: Work, before_refusing: BeforeRefusing) -> Response:
    now = datetime.now(UTC)

    def do(session: Session) -> Response:
        if not is_alone(session, *mine):
            raise _in_progress()
        return _kept(session, mine, asked) or _keep(session, mine, asked, work(session, now), now)

    try:
        return transaction(do)
    except NotPossible as refused:
        refusal, told = refused, Done(refused_body(refused), CONFLICT)

    def keep_refusal(session: Session) -> Response:
        if not is_alone(session, *mine):  # the first try let go of it: another may do by now what was refused
            raise _in_progress()
        if (kept := _kept(session, mine, asked)) is not None:
            return kept
        before_refusing(session, refusal, now)
        return _keep(session, mine, asked, told, now)

    return transaction(keep_refusal)


def _keep(session: Session, mine: tuple[int, str], asked: str, done: Done, now: datetime) -> Response:
    key_id, idempotency_key = mine
    keep_answer(
        session,
        business_id=program().business_id,
        key_id=key_id,
        idempotency_key=idempotency_key,
        request_hash=asked,
        status=done.status,
        body=done.body,
        ticket_id=done.ticket_id,
        called_id=done.called_id,
        at=now,
    )
    return response(done.body, done.status)


def _kept(session: Session, mine: tuple[int, str], asked: str) -> Response | None:
    kept: ApiAnswer | None = kept_answer(session, *mine)
    if kept is None:
        return None
    if kept.request_hash != asked:
        words = f"Another request was sent with this {HEADER}. Send a new one for a new request."
        raise Problem(422, "idempotency_key_reused", words)
    return response(kept.body, kept.status)


def response(body: dict[str, Any], status: int = 200) -> Response:
    """Always in the same order, as a stored answer has lost its own."""
    if status == CONFLICT:
        return problem_response(status, body)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True) + "\n"
    return Response(text, status=status, mimetype="application/json")


def _idempotency_key() -> str:
    given = request.headers.get(HEADER)
    if given is None:
        raise Problem(
            400, "idempotency_key_missing", f"Send a header {HEADER} with each POST, such as a UUID."
        )
    if not NAMED.fullmatch(given):
        words = f"{HEADER} may have 1 to 100 printable ASCII characters without spaces."
        raise Problem(400, "idempotency_key_unfit", words)
    return given


def _hash_of(fields: dict[str, Any]) -> str:
    """Keyed, as it may be of a phone; of what was meant, so that the order of fields doesn't count."""
    return keyed_hash(f"{request.path} {json.dumps(fields, sort_keys=True)}")


def _in_progress() -> Problem:
    words = f"The first request with this {HEADER} is still being worked on."
    return Problem(CONFLICT, "in_progress", words, headers={"Retry-After": "1"})

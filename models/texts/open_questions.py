"""The one question a customer was asked and has not answered: LATER, FORGET, a suggestion, a place
given up, the queue's own.

A newer question replaces it, and so does any other text that is understood. It ends by itself after minutes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base, BigId, stored_enum
from models.storage.dialects import insert_into


class QuestionKind(StrEnum):
    LATER = "later"  # facts: others, how many were to go first
    FORGET = "forget"
    SUGGESTION = "suggestion"  # facts: text, what they may have meant, as they would text it
    GAVE_UP = "gave_up"  # the ticket whose place 1 brings back
    AT_JOINING = "at_joining"  # the queue's own, which any words answer


HOLDS = {
    QuestionKind.LATER: timedelta(minutes=5),
    QuestionKind.FORGET: timedelta(minutes=10),
    QuestionKind.SUGGESTION: timedelta(minutes=10),
    QuestionKind.GAVE_UP: timedelta(minutes=5),
    QuestionKind.AT_JOINING: timedelta(minutes=10),
}


class OpenQuestion(Base):
    __tablename__ = "open_questions"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    kind: Mapped[QuestionKind] = mapped_column(stored_enum(QuestionKind))
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id"))  # the one it is about
    facts: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def find_question(session: Session, customer_id: int, now: datetime) -> OpenQuestion | None:
    """The question that this customer may still answer."""
    theirs = select(OpenQuestion).where(
        OpenQuestion.customer_id == customer_id, OpenQuestion.expires_at >= now
    )
    return session.scalar(theirs, execution_options={"populate_existing": True})


def ask_question(
    session: Session,
    customer_id: int,
    kind: QuestionKind,
    *,
    now: datetime,
    ticket_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Record what the coming answer asks; an earlier question of theirs is replaced."""
    _ask(session, [{"customer_id": customer_id, "ticket_id": ticket_id}], kind, facts or {}, now)


def ask_at_joining(session: Session, tickets: Mapping[int, int], now: datetime) -> None:
    """The answers to these joins ask the queue's question. `tickets`: of each customer's id, the ticket's."""
    who = [{"customer_id": customer_id, "ticket_id": ticket_id} for customer_id, ticket_id in tickets.items()]
    _ask(session, who, QuestionKind.AT_JOINING, {}, now)


def _ask(
    session: Session,
    who: Iterable[Mapping[str, int | None]],
    kind: QuestionKind,
    facts: Mapping[str, Any],
    now: datetime,
) -> None:
    same = {"kind": kind, "facts": dict(facts), "asked_at": now, "expires_at": now + HOLDS[kind]}
    rows = [{**each, **same} for each in who]
    if rows:
        session.execute(_upsert(session.get_bind().dialect.name), rows)


@cache
def _upsert(dialect: str) -> Any:
    table: Any = OpenQuestion.__table__
    insert = insert_into(table, dialect)
    new = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=["customer_id"], set_=new)


def close_question(session: Session, customer_id: int) -> None:
    """It is answered, or no longer what they are about."""
    session.execute(delete(OpenQuestion).where(OpenQuestion.customer_id == customer_id))


def close_question_about(session: Session, customer_id: int, ticket_id: int) -> None:
    """What was asked about this ticket is no longer so."""
    about = (OpenQuestion.customer_id == customer_id, OpenQuestion.ticket_id == ticket_id)
    session.execute(delete(OpenQuestion).where(*about))


def clear_old_questions(session: Session, now: datetime) -> None:
    session.execute(delete(OpenQuestion).where(OpenQuestion.expires_at < now))

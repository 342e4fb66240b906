"""Boards of several queues: each with its queues in order, a colour for each, and the shop's messages.

A board belongs to one business and shows that business's queues only. Its address has a short random token:
what it shows is as public as each queue's own board.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column, relationship

from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.tables.typed_codes import CODE_LENGTH, new_code
from models.storage.database import Base, Json

MOST_BOARDS = 20  # of a business
MOST_QUEUES = 6  # on a board: more can't be read from afar
LONGEST_NAME = 60
MOST_MESSAGES = 5  # in each language
LONGEST_MESSAGE = 140
# Each is light enough for dark figures on it, and told apart by letter or name, never by itself.
COLOURS = ("yellow", "blue", "green", "orange", "violet", "pink", "teal", "white")


class Board(Base):
    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    token: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    # As of a queue: in which calls are said aloud, in their order.
    spoken_languages: Mapped[str] = mapped_column(String(20), default="", server_default="")
    created_at: Mapped[datetime]

    business: Mapped[Business] = relationship()

    @classmethod
    def at(cls, session: Session, token: str) -> "Board | None":
        """The board with this token, in capitals or not."""
        return session.scalar(select(Board).where(Board.token == token.upper()))

    @classmethod
    def of_business(cls, session: Session, business_id: int) -> "list[Board]":
        mine = select(Board).where(Board.business_id == business_id)
        return list(session.scalars(mine.order_by(Board.name, Board.id)))


class BoardQueue(Base):
    """A queue on a board."""

    __tablename__ = "board_queues"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    place: Mapped[int]  # from 1
    colour: Mapped[str] = mapped_column(String(10))

    queue: Mapped[Queue] = relationship()


class BoardMessages(Base):
    """What the shop says on a board, in one language."""

    __tablename__ = "board_messages"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    messages: Mapped[list[Any]] = mapped_column(Json)


def add_board(session: Session, business_id: int, name: str, *, now: datetime) -> Board:
    """A board without queues. Raises NotPossible("too_many_boards")."""
    session.get_one(Business, business_id, with_for_update={"key_share": True})  # one after the other
    count = session.scalar(select(func.count()).where(Board.business_id == business_id)) or 0
    if count >= MOST_BOARDS:
        raise NotPossible("too_many_boards")
    board = Board(business_id=business_id, token=new_code(), name=name, created_at=now)
    session.add(board)
    session.flush()
    return board


def queues_on(session: Session, board: Board) -> list[BoardQueue]:
    """Those in use, in the board's order."""
    shown = select(BoardQueue).join(BoardQueue.queue).where(BoardQueue.board_id == board.id)
    shown = shown.options(contains_eager(BoardQueue.queue))
    return list(session.scalars(shown.where(Queue.archived_at.is_(None)).order_by(BoardQueue.place)))


def set_queues(session: Session, board: Board, chosen: Sequence[tuple[Queue, str]]) -> None:
    """Show these queues of the board's business, each in its colour, in this order."""
    before = {row.queue_id: row for row in _rows(session, board)}
    for place, (queue, colour) in enumerate(chosen, start=1):
        row = before.pop(queue.id, None)
        if row is None:
            session.add(BoardQueue(board_id=board.id, queue_id=queue.id, place=place, colour=colour))
        else:
            row.place, row.colour = place, colour
    for row in before.values():
        session.delete(row)


def messages_on(session: Session, board: Board) -> dict[str, list[str]]:
    """By language."""
    return {row.language: list(row.messages) for row in _messages(session, board)}


def set_messages(session: Session, board: Board, messages: Mapping[str, list[str]]) -> None:
    """These instead of those so far; a language without any is left out."""
    before = {row.language: row for row in _messages(session, board)}
    for language, said in messages.items():
        row = before.pop(language, None)
        if row is not None and said:
            row.messages = said
        elif row is not None:
            session.delete(row)
        elif said:
            session.add(BoardMessages(board_id=board.id, language=language, messages=said))
    for row in before.values():
        session.delete(row)


def remove_board(session: Session, board: Board) -> None:
    for row in (*_rows(session, board), *_messages(session, board)):
        session.delete(row)
    session.flush()
    session.delete(board)


def _rows(session: Session, board: Board) -> list[BoardQueue]:
    return list(session.scalars(select(BoardQueue).where(BoardQueue.board_id == board.id)))


def _messages(session: Session, board: Board) -> list[BoardMessages]:
    return list(session.scalars(select(BoardMessages).where(BoardMessages.board_id == board.id)))

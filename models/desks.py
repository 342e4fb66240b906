"""A desk of a queue: where a customer is asked to come to."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base

if TYPE_CHECKING:
    from models.queues import Queue


class Desk(Base):
    __tablename__ = "desks"
    __table_args__ = (UniqueConstraint("queue_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    name: Mapped[str] = mapped_column(String(30))
    retired_at: Mapped[datetime | None]  # nobody is called to it any more

    queue: Mapped["Queue"] = relationship()

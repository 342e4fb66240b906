"""Keywords that a queue used to have: links, posters and texts with one still lead to it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.queueing.tables.queues import Queue
from models.storage.database import Base


class OldKeyword(Base):
    __tablename__ = "old_keywords"

    keyword: Mapped[str] = mapped_column(String(20), primary_key=True)  # upper case
    # As of its queue then: its address leads on, too.
    namesake: Mapped[int] = mapped_column(primary_key=True, default=1, server_default="1")
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), index=True)
    replaced_at: Mapped[datetime]

    queue: Mapped[Queue] = relationship()

"""Servicers: people with an account, who serve at a counter and may also manage the business."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, false, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.business import Business
from models.people.phone_numbers import phone_keys
from models.people.summary_period import Period
from models.people.texted import Texted
from models.storage.database import Base, stored_enum


class Role(StrEnum):
    SERVICER = "servicer"
    MANAGER = "manager"


NOBODYS_PASSWORD = "!"  # stored instead of a hash: no password fits it
UNPROVED = "@unproved.invalid"  # no mail can be sent there


class Servicer(Texted, Base):
    """A person with an account: serves at a counter, and may manage the business."""

    __tablename__ = "servicers"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    password_hash: Mapped[str] = mapped_column(String(200))
    # When a link mailed there was opened; None: somebody signed up with it, and it may be anybody's.
    email_proved_at: Mapped[datetime | None]
    # Part of every session: changing it (a new password) ends them all.
    session_key: Mapped[str] = mapped_column(String(32))
    # When a text from it brought the code of their page: it is theirs, and they want texts on it.
    phone_proved_at: Mapped[datetime | None]
    # Sends a text to their own phone when somebody joins an empty queue.
    wants_join_texts: Mapped[bool] = mapped_column(default=False)
    calls_next_when_done: Mapped[bool] = mapped_column(default=True)
    # Summaries: by mail unless the manager declines, by text only if they ask for it.
    gets_summary: Mapped[bool] = mapped_column(default=True, server_default=true())
    wants_summary_texts: Mapped[bool] = mapped_column(default=False, server_default=false())
    gets_weekly_summary: Mapped[bool] = mapped_column(default=True, server_default=true())
    wants_weekly_summary_texts: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]  # no longer works here: no access, but their history stays

    business: Mapped[Business] = relationship()

    @property
    def is_proved(self) -> bool:
        """Whether the e-mail is theirs; before, nothing is sent in their name, or to them but the link."""
        return self.email_proved_at is not None

    @classmethod
    def by_email(cls, session: Session, email: str) -> "Servicer | None":
        return session.scalar(select(cls).where(cls.email == normal_email(email)))

    def set_phone(self, phone: str | None) -> None:
        """Set or remove their phone; a new one is neither unreachable nor proved."""
        if phone != self.phone:
            keys = phone_keys()
            self.phone_ciphertext = keys.encrypt(phone) if phone else None
            self.phone_hash = keys.hash(phone) if phone else None
            self.unreachable_at = self.phone_proved_at = None

    def set_password(self, password_hash: str) -> None:
        """Set a new password, already hashed; all sessions of the old one end."""
        self.password_hash = password_hash
        self.session_key = secrets.token_hex(16)


# A manager who still works here, and whose e-mail is theirs.
IS_PROVED_MANAGER = (
    Servicer.role == Role.MANAGER,
    Servicer.left_at.is_(None),
    Servicer.email_proved_at.is_not(None),
)

# The columns that say whether somebody gets a summary.
BY_MAIL = {Period.DAY: "gets_summary", Period.WEEK: "gets_weekly_summary"}
BY_TEXT = {Period.DAY: "wants_summary_texts", Period.WEEK: "wants_weekly_summary_texts"}


def normal_email(text: str) -> str:
    return text.strip().lower()

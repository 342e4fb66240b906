"""Links sent by mail: invitation, forgotten password, new or unproved address. Each works once, for a while.

Only the hash of a link's key is stored, and only from the moment its mail is written, so that reading the
database is not enough to use one.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, exists, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.business import Business
from models.people.servicers import IS_PROVED_MANAGER, Role, Servicer, normal_email
from models.storage.database import Base, stored_enum
from models.storage.dialects import partial_index
from models.storage.hashes import hash_of_random

KEPT = timedelta(days=30)


class LinkKind(StrEnum):
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    EMAIL_CHANGE = "email_change"
    EMAIL_PROOF = "email_proof"


VALID_FOR = {
    LinkKind.INVITATION: timedelta(days=7),
    LinkKind.PASSWORD_RESET: timedelta(hours=1),
    LinkKind.EMAIL_CHANGE: timedelta(hours=24),
    LinkKind.EMAIL_PROOF: timedelta(days=7),
}
OPEN = "ended_at IS NULL"


class Link(Base):
    __tablename__ = "links"
    __table_args__ = (partial_index("ix_links_open", "email", where=OPEN),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(stored_enum(LinkKind))
    key_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))  # whose account it is about
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role | None] = mapped_column(stored_enum(Role))  # of the invited
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # used, withdrawn, or replaced by a newer one

    business: Mapped[Business] = relationship()
    servicer: Mapped[Servicer | None] = relationship(foreign_keys=[servicer_id])


def make_link(
    session: Session,
    kind: LinkKind,
    *,
    business_id: int,
    email: str,
    now: datetime,
    servicer_id: int | None = None,
    made_by_id: int | None = None,
    role: Role | None = None,
) -> Link:
    """A link without a key yet; earlier links for the same purpose end.

    But anybody can ask for a new password: that must not end the link that the owner is about to use.
    """
    email = normal_email(email)
    if kind != LinkKind.PASSWORD_RESET:
        earlier = [Link.kind == kind, Link.ended_at.is_(None), Link.business_id == business_id]
        earlier.append(Link.servicer_id == servicer_id if servicer_id is not None else Link.email == email)
        session.execute(update(Link).where(*earlier).values(ended_at=now))
    made = Link(
        kind=kind,
        business_id=business_id,
        servicer_id=servicer_id,
        made_by_id=made_by_id,
        email=email,
        role=role,
        created_at=now,
        expires_at=now + VALID_FOR[kind],
    )
    session.add(made)
    session.flush()
    return made


def new_key(link: Link) -> str:
    """The key to put into its mail; it replaces the one before."""
    key = secrets.token_urlsafe(24)
    link.key_hash = hash_of_random(key)
    return key


def open_link(
    session: Session, kind: LinkKind, key: str, now: datetime, *, to_use: bool = False
) -> Link | None:
    """The link with this key, if it still works and its maker may still make such links.

    `to_use` locks it, so that it is used once.
    """
    found = select(Link).where(
        Link.key_hash == hash_of_random(key),
        Link.kind == kind,
        Link.ended_at.is_(None),
        Link.expires_at > now,
        or_(Link.made_by_id.is_(None), exists().where(Servicer.id == Link.made_by_id, *IS_PROVED_MANAGER)),
    )
    options = {"populate_existing": True}
    return session.scalar(found.with_for_update(of=Link) if to_use else found, execution_options=options)


def end_links_of(session: Session, servicer_id: int, now: datetime) -> None:
    """End all links that were mailed about this account."""
    theirs = (Link.servicer_id == servicer_id, Link.ended_at.is_(None))
    session.execute(update(Link).where(*theirs).values(ended_at=now))


def end_invitations_by(session: Session, servicer_id: int, now: datetime) -> None:
    """Whoever is no manager any more invites nobody: what they sent and nobody has used yet ends."""
    theirs = (Link.made_by_id == servicer_id, Link.ended_at.is_(None))
    session.execute(update(Link).where(*theirs).values(ended_at=now))


def invitations_of(session: Session, business_id: int, now: datetime) -> list[Link]:
    """Open invitations, the newest first."""
    open_ones = select(Link).where(
        Link.business_id == business_id,
        Link.kind == LinkKind.INVITATION,
        Link.ended_at.is_(None),
        Link.expires_at > now,
    )
    return list(session.scalars(open_ones.order_by(Link.id.desc())))


def clear_old_links(session: Session, now: datetime) -> None:
    session.execute(delete(Link).where(Link.expires_at < now - KEPT))

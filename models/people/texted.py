"""People whose phone we may text, stored as ciphertext and keyed hash only; and who opted out.

An opt-out belongs to a phone and one of our numbers, so it survives when the customer is forgotten. One by
SMS or RCS is written for every number of ours that it covers.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, delete, exists, false, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.addresses import SHARE_OPT_OUTS, Channel
from models.people.business import OurNumber
from models.people.phone_numbers import phone_keys
from models.people.privacy_requests import RequestKind, record_texts_wanted
from models.storage.database import Base, insert_once


class OptOut(Base):
    __tablename__ = "opt_outs"

    phone_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    our_number_id: Mapped[int] = mapped_column(ForeignKey("our_numbers.id"), primary_key=True)
    opted_out_at: Mapped[datetime]
    # Whether the carrier has opted it out as well, by a word of its own: then it answers START itself.
    at_carrier: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Blocked in the channel's app, and no word of STOP: over as soon as they write there.
    is_block: Mapped[bool] = mapped_column(default=False, server_default=false())


class Texted:
    """Somebody who may have a phone that we may text: a customer, or a servicer."""

    phone_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    # Set when the carrier says the phone can't get texts (a landline, no such number): then call aloud, until
    # the phone writes to us, by whatever channel.
    unreachable_at: Mapped[datetime | None]

    @property
    def phone(self) -> str | None:
        """E.164, or None for somebody without a phone or who was forgotten."""
        return None if self.phone_ciphertext is None else phone_keys().decrypt(self.phone_ciphertext)

    @property
    def is_reachable(self) -> bool:
        """Whether there is a phone that can get texts; it may have opted out of ours."""
        return self.phone_ciphertext is not None and self.unreachable_at is None

    def opt_out(
        self,
        session: Session,
        our_number_id: int,
        now: datetime,
        *,
        at_carrier: bool = True,
        is_block: bool = False,
    ) -> bool:
        """Send no more texts to this phone from this number of ours. False if they had opted out already."""
        if self.phone_hash is None:
            return False
        new = self._opt_out_of(session, our_number_id, now, at_carrier, is_block)
        for other in sharing_opt_outs_with(session, our_number_id):
            self._opt_out_of(session, other, now, at_carrier)
        if new:
            record_texts_wanted(session, RequestKind.OPTED_OUT, self.phone_hash, our_number_id, now)
        return new

    def _opt_out_of(
        self, session: Session, our_number_id: int, now: datetime, at_carrier: bool, is_block: bool = False
    ) -> bool:
        mine = {"phone_hash": self.phone_hash, "our_number_id": our_number_id}
        values = mine | {"opted_out_at": now, "at_carrier": at_carrier, "is_block": is_block}
        new = insert_once(session, OptOut.__table__, values, returning=OptOut.phone_hash)  # type: ignore[arg-type]
        if new is None and at_carrier:
            session.execute(update(OptOut).filter_by(**mine).values(at_carrier=True))
        return new is not None

    def opt_in(self, session: Session, our_number_id: int, now: datetime) -> None:
        """The same numbers as an opt-out."""
        if self.phone_hash is None or not self.has_opted_out(session, our_number_id):
            return
        covered = [our_number_id, *sharing_opt_outs_with(session, our_number_id)]
        session.execute(
            delete(OptOut).where(OptOut.phone_hash == self.phone_hash, OptOut.our_number_id.in_(covered))
        )
        record_texts_wanted(session, RequestKind.OPTED_IN, self.phone_hash, our_number_id, now)

    def end_block(self, session: Session, our_number_id: int, now: datetime) -> None:
        """They have written there, which nobody can who still blocks us."""
        mine = (OptOut.phone_hash == self.phone_hash, OptOut.our_number_id == our_number_id)
        if session.scalar(select(OptOut.is_block).where(*mine)):
            self.opt_in(session, our_number_id, now)

    def has_opted_out_anywhere(self, session: Session, business_id: int) -> bool:
        """Of any number of the business: no other channel may then stand in for one."""
        ours = select(OurNumber.id).where(OurNumber.business_id == business_id)
        theirs = exists().where(OptOut.phone_hash == self.phone_hash, OptOut.our_number_id.in_(ours))
        return bool(session.scalar(select(theirs)))

    def opted_out_at_carrier(self, session: Session, our_number_id: int) -> bool | None:
        """Whether the carrier has opted them out as well; None if they have not opted out."""
        mine = (OptOut.phone_hash == self.phone_hash, OptOut.our_number_id == our_number_id)
        return session.scalar(select(OptOut.at_carrier).where(*mine))

    def has_opted_out(self, session: Session, our_number_id: int) -> bool:
        return self.opted_out_at_carrier(session, our_number_id) is not None

    def can_be_texted(self, session: Session, our_number_id: int | None) -> bool:
        return (
            our_number_id is not None and self.is_reachable and not self.has_opted_out(session, our_number_id)
        )


def sharing_opt_outs_with(session: Session, our_number_id: int) -> list[int]:
    """The carrier keeps one list for SMS and RCS: STOP by one counts for the other.

    Two numbers for SMS stay apart.
    """
    ours = session.get_one(OurNumber, our_number_id)
    if ours.channel not in SHARE_OPT_OUTS:
        return []
    channels = SHARE_OPT_OUTS if ours.channel == Channel.RCS else {Channel.RCS}
    others = select(OurNumber.id).where(
        OurNumber.business_id == ours.business_id, OurNumber.channel.in_(channels), OurNumber.id != ours.id
    )
    return list(session.scalars(others.order_by(OurNumber.id)))

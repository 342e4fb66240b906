"""Giving a business a number on a channel, and taking it away. Verbs never commit or read a clock."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.addresses import SHARE_OPT_OUTS, Address, Channel
from models.people.business import Business, OurNumber
from models.people.texted import OptOut
from models.storage.database import insert_once


def our_number_ever_at(session: Session, address: Address) -> OurNumber | None:
    """Ours at this address, also one that was taken away."""
    here = (OurNumber.channel == address.channel, OurNumber.phone == address.phone)
    return session.scalar(select(OurNumber).where(*here))


def owner_of_phone(session: Session, address: Address) -> Business | None:
    """Whose phone it is on any channel, also one that was taken away: its WhatsApp is nobody else's.

    An RCS sender has no phone.
    """
    if address.channel == Channel.RCS:
        there = our_number_ever_at(session, address)
    else:
        on_channels = (OurNumber.phone == address.phone, OurNumber.channel != Channel.RCS)
        there = session.scalars(select(OurNumber).where(*on_channels).order_by(OurNumber.id)).first()
    return there.business if there else None


def add_number(session: Session, business: Business, address: Address, now: datetime) -> bool:
    """False if it is there already. One that was taken away comes back with its history.

    The address must be no other business's.
    """
    there = our_number_ever_at(session, address)
    if there is not None and there.retired_at is None:
        return False
    if there is None:
        there = OurNumber(
            business_id=business.id, channel=address.channel, phone=address.phone, created_at=now
        )
        session.add(there)
        session.flush()
    there.retired_at, there.read_until = None, now
    _copy_opt_outs(session, there)
    return True


def retire_number(number: OurNumber, now: datetime) -> None:
    """Texts to it are refused from now on; what it sent and who opted out of it stays."""
    number.retired_at = now


def _copy_opt_outs(session: Session, number: OurNumber) -> None:
    """Who has opted out of the business's texts by SMS or RCS gets none from this number either."""
    if number.channel not in SHARE_OPT_OUTS:
        return
    others = select(OurNumber.id).where(
        OurNumber.business_id == number.business_id,
        OurNumber.id != number.id,
        OurNumber.channel == (Channel.RCS if number.channel == Channel.SMS else Channel.SMS),
    )
    for theirs in session.scalars(select(OptOut).where(OptOut.our_number_id.in_(others))).all():
        values = {
            "phone_hash": theirs.phone_hash,
            "our_number_id": number.id,
            "opted_out_at": theirs.opted_out_at,
            "at_carrier": theirs.at_carrier,
            "is_block": theirs.is_block,
        }
        insert_once(session, OptOut.__table__, values, returning=OptOut.phone_hash)  # type: ignore[arg-type]

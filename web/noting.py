"""What somebody did about an account, noted for their manager to read."""

from datetime import datetime

from flask import g
from sqlalchemy.orm import Session

from models.audit import Deed, note
from models.people import Servicer
from web.client import client_address
from web.signed_in import SignedIn, let_in


def note_own(session: Session, deed: Deed, who: SignedIn | Servicer, now: datetime, **facts: object) -> None:
    """What somebody did, for their manager to read."""
    g.is_noted = True
    note(
        session,
        deed,
        business_id=who.business_id,
        servicer_id=who.id if isinstance(who, Servicer) else who.servicer_id,
        now=now,
        address=client_address(),
        facts=facts,
    )


def let_in_noted(session: Session, servicer: Servicer, deed: Deed, now: datetime) -> SignedIn:
    """A session for this servicer, begun by this deed."""
    who = let_in(session, servicer, now)
    note_own(session, deed, servicer, now)
    return who

"""Does again what customers asked for after this copy of the database was made: forgotten, no more texts.

Safe to repeat: what is known to the database already is left alone, and nobody is taken for somebody else.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.addresses import read_address
from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.privacy_requests import KEPT, Request, RequestKind, record_request, requests_since
from models.people.texted import OptOut, sharing_opt_outs_with
from models.privacy.forgetting import forget, row_key
from models.storage.database import insert_once


def apply_later_requests(session: Session, listed: Iterable[Request], now: datetime) -> int:
    """Those of the last 90 days that this database does not know. Returns how many there were."""
    known = requests_since(session, now - KEPT)
    later = sorted(each for each in set(listed) - known if each.at > now - KEPT)
    for request in later:
        if request.kind == RequestKind.FORGOTTEN:
            _forget_again(session, request, now)
        elif not _has_changed_since(request, known):
            _want_texts_or_not(session, request)
        record_request(session, request)
    return len(later)


def _forget_again(session: Session, request: Request, now: datetime) -> None:
    customer = session.get(Customer, int(request.about)) if request.about.isdecimal() else None
    if customer is not None and customer.forgotten_at is None and row_key(customer) == request.whose:
        forget(session, customer, by=By.clock(), now=now)


def _has_changed_since(request: Request, known: set[Request]) -> bool:
    theirs = (request.whose, request.about)
    return any((each.whose, each.about) == theirs and each.at > request.at for each in known)


def _want_texts_or_not(session: Session, request: Request) -> None:
    ours = OurNumber.at(session, read_address(request.about))
    if ours is None:
        return
    covered = [ours.id, *sharing_opt_outs_with(session, ours.id)]
    if request.kind == RequestKind.OPTED_IN:
        theirs = (OptOut.phone_hash == request.whose, OptOut.our_number_id.in_(covered))
        session.execute(delete(OptOut).where(*theirs))
        return
    for number in covered:
        values = {"phone_hash": request.whose, "our_number_id": number, "opted_out_at": request.at}
        insert_once(session, OptOut.__table__, values, returning=OptOut.phone_hash)  # type: ignore[arg-type]

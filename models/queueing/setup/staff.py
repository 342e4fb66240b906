"""What a manager changes about the people of the business: name, role, and that somebody does not work here
any more. A business always keeps a manager; operations never commit or read a clock.
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.browser_sessions import end_other_sessions
from models.people.business import Business
from models.people.mailed_links import end_invitations_by, end_links_of
from models.people.servicers import BY_MAIL, BY_TEXT, NOBODYS_PASSWORD, UNPROVED, Role, Servicer, normal_email
from models.queueing.duties import Duty, go_off_duty
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, NotPossible, among
from models.queueing.tables.tickets import Ticket


def staff_of(session: Session, business_id: int) -> list[Servicer]:
    """Who works here, by name."""
    theirs = select(Servicer).where(Servicer.business_id == business_id, Servicer.left_at.is_(None))
    return list(session.scalars(theirs.order_by(Servicer.name, Servicer.id)))


def new_servicer(
    business_id: int,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    now: datetime,
    *,
    is_proved: bool = True,
) -> Servicer:
    """An account, to be added by whoever makes it. One address has one account, or the database refuses.

    `is_proved` unless somebody signs up by themselves or, where anybody may, has a link that was not mailed:
    an invitation came by mail, the operator knows them.
    """
    made = Servicer(business_id=business_id, email=normal_email(email), name=name, role=role, created_at=now)
    made.email_proved_at = now if is_proved else None
    made.set_password(password_hash)
    return made


def give_way(session: Session, email: str, now: datetime) -> Servicer | None:
    """Whoever has shown that this address is theirs takes it from an account that never has.

    That one keeps its password, business and sessions, as whoever made it may only have mistyped their own
    address; they sign in with a made-up one until they give another. Gives the account, if there is one.
    """
    theirs = (Servicer.email == normal_email(email), Servicer.email_proved_at.is_(None))
    there = session.scalar(select(Servicer).where(*theirs).with_for_update())
    if there is None:
        return None
    end_links_of(session, there.id, now)
    there.email = f"account-{there.id}{UNPROVED}"
    session.flush()
    return there


def lock_staff(session: Session, business_id: int) -> None:
    """Nobody else changes roles until the commit, so that two managers can't demote each other."""
    session.get_one(Business, business_id, with_for_update={"key_share": True})


def change_person(
    session: Session, person: Servicer, *, name: str, role: Role, by: By, now: datetime
) -> bool:
    """True if anything is different now. Raises NotPossible("own_role"). The staff must be locked."""
    if person.id == by.servicer_id and role != person.role:
        raise NotPossible("own_role")
    is_new = (person.name, person.role) != (name, role)
    person.name, person.role = name, role
    if role != Role.MANAGER:
        end_invitations_by(session, person.id, now)
    return is_new


def lock_queues_of(session: Session, person: Servicer) -> None:
    """Lock the queues where they are on duty, in the order in which queues may be locked."""
    where = _duties_of(person).with_only_columns(Duty.queue_id).order_by(Duty.queue_id)
    for queue_id in session.scalars(where).all():
        Queue.lock(session, queue_id)


def let_go(session: Session, person: Servicer, *, by: By, now: datetime) -> None:
    """They can't sign in any more, and are told nothing more; what they did keeps their name.

    Their address is free again, for a new invitation. Raises NotPossible("oneself"), ("still_serving",
    number). The staff must be locked; locks the queues where they are on duty.
    """
    if person.id == by.servicer_id:
        raise NotPossible("oneself")
    lock_queues_of(session, person)
    present = select(Ticket.number).where(Ticket.servicer_id == person.id, among(Ticket.state, PRESENT))
    number = session.scalar(present.limit(1))
    if number is not None:
        raise NotPossible("still_serving", number=number)
    for duty in session.scalars(_duties_of(person)).all():
        go_off_duty(session, duty, by=by, now=now)
    end_other_sessions(session, person.id, None)
    end_links_of(session, person.id, now)
    end_invitations_by(session, person.id, now)
    person.left_at = now
    person.email = f"left-{person.id}"
    person.set_phone(None)
    person.set_password(NOBODYS_PASSWORD)
    for switch in (*BY_MAIL.values(), *BY_TEXT.values(), "wants_join_texts"):
        setattr(person, switch, False)


def _duties_of(person: Servicer) -> Select[Duty]:
    return select(Duty).where(Duty.servicer_id == person.id, Duty.ended_at.is_(None))

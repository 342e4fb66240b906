"""Name and role of servicers, and what happens when one leaves: no access any more, but all history."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.browser_sessions import begin_session, sessions_of
from models.people.business import Business
from models.people.mailed_links import LinkKind, make_link
from models.people.servicers import Role, Servicer
from models.queueing import ending
from models.queueing.duties import come_on_duty, on_duty
from models.queueing.setup.staff import change_person, let_go, staff_of
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import Database, reading, transaction
from tests.one_database import on_both
from tests.world import ANA, NOON, call_next, change, join, make_servicer


def of(person: Servicer, verb: Callable[[Session, Servicer], object]) -> object:
    return transaction(lambda session: verb(session, session.get_one(Servicer, person.id)))


def test_a_manager_changes_name_and_role_but_not_their_own_role(rosa: Servicer, luis: Servicer) -> None:
    by = By.servicer(rosa.id)
    assert of(luis, lambda s, p: change_person(s, p, now=NOON, name="Luís", role=Role.MANAGER, by=by))
    assert not of(luis, lambda s, p: change_person(s, p, now=NOON, name="Luís", role=Role.MANAGER, by=by))
    with pytest.raises(NotPossible, match="own_role"):
        of(rosa, lambda s, p: change_person(s, p, now=NOON, name="Rosa", role=Role.SERVICER, by=by))


@on_both
def test_who_is_let_go_has_no_access_and_their_address_is_free(
    business: Business, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, luis)
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(luis.id), now=NOON))

    def sign_in(session: Session, person: Servicer) -> None:
        begin_session(session, person, browser="x", address="x", now=NOON)
        make_link(
            session,
            LinkKind.PASSWORD_RESET,
            business_id=business.id,
            servicer_id=person.id,
            email=person.email,
            now=NOON,
        )

    of(luis, sign_in)
    of(luis, lambda s, p: let_go(s, p, by=By.servicer(rosa.id), now=NOON))
    with reading() as session:
        gone = session.get_one(Servicer, luis.id)
        assert (gone.name, gone.left_at, gone.phone) == ("Luis", NOON, None)
        assert sessions_of(session, gone, NOON) == []
        assert Servicer.by_email(session, luis.email) is None
        assert on_duty(session, queue.id) == []
        assert [person.name for person in staff_of(session, business.id)] == ["Rosa"]
    assert make_servicer(business, "Luis", email=luis.email).id != luis.id


def test_nobody_lets_go_themselves_or_somebody_who_serves(
    queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    by = By.servicer(rosa.id)
    with pytest.raises(NotPossible, match="oneself"):
        of(rosa, lambda s, p: let_go(s, p, by=by, now=NOON))
    join(queue, ANA)
    call_next(queue, luis)
    with pytest.raises(NotPossible, match="still_serving"):
        of(luis, lambda s, p: let_go(s, p, by=by, now=NOON))


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_who_is_let_go_waits_for_whoever_changes_a_queue_of_theirs(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """Else the end of their duty could be seen before an event that was recorded earlier."""

    def begin(session: Session, person: Servicer) -> None:
        Queue.lock(session, queue.id)
        come_on_duty(session, queue.id, by=By.servicer(person.id), now=NOON)

    def let_go_at_once(session: Session, person: Servicer) -> None:
        session.execute(text("SET LOCAL lock_timeout = '20ms'"))
        let_go(session, person, by=By.servicer(rosa.id), now=NOON)

    of(luis, begin)
    with db.engine.connect() as somebody, somebody.begin(), Session(somebody) as session:
        Queue.lock(session, queue.id)
        with pytest.raises(OperationalError, match="lock timeout"):
            of(luis, let_go_at_once)
    of(luis, let_go_at_once)
    with reading() as session:
        assert on_duty(session, queue.id) == []

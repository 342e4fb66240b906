"""A restored copy has no key of a program or tablet in use, as some may have been ended since the backup, and
knows no trouble of before; and it tells no program anything."""

from datetime import timedelta

from models.alarms.troubles import OVER_AFTER
from models.people.programs.api_keys import key_in_use
from models.people.servicers import Servicer
from models.privacy.after_restore import neutralize
from models.queueing.tables.kiosks import add_kiosk, kiosk_with_key, pair
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.storage.dump import tables_of
from tests.jobs.queues.troubled import BEGAN, joins, leaves, look, told, wants
from tests.models.webhooks.listening import deliveries, endpoint, listens, note
from tests.web.api.program import key_for
from tests.world import ANA, NOON, join


def restore() -> None:
    transaction(lambda session: neutralize(session, {t.name: t for t in tables_of(session)}, NOON))


def test_a_restored_copy_has_no_key_in_use(rosa: Servicer) -> None:
    _id, key = key_for(rosa)
    with reading() as session:
        assert key_in_use(session, key) is not None
    restore()
    with reading() as session:
        assert key_in_use(session, key) is None


def test_a_tablet_that_may_have_been_removed_since_is_no_kiosk(queue: Queue) -> None:
    code = transaction(lambda session: add_kiosk(session, session.get_one(Queue, queue.id), "Door", NOON))
    key = transaction(lambda session: pair(session, session.get_one(Queue, queue.id), code, NOON))
    with reading() as session:
        assert kiosk_with_key(session, queue, key or "") is not None
    restore()
    with reading() as session:
        assert kiosk_with_key(session, queue, key or "") is None


def test_a_copy_tells_no_program_anything(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    note(hook)
    restore()
    assert endpoint(hook).off_reason == "restored"
    assert [each.state for each in deliveries(hook)] == ["given_up"]


def test_nobody_is_told_that_a_trouble_of_before_is_over(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1)
    joins(queue, 2, NOON)
    look(NOON)
    assert told() == [BEGAN]
    restore()
    before = told()
    leaves(queue, 1, NOON)
    for minute in range(4):
        look(NOON + timedelta(minutes=minute))
    look(NOON + timedelta(minutes=5) + OVER_AFTER)
    assert told() == before

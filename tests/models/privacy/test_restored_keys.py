"""A restored copy has no key of a program in use: some may have been revoked since the backup."""

from models.people.programs.api_keys import key_in_use
from models.people.servicers import Servicer
from models.privacy.after_restore import neutralize
from models.storage.database import reading, transaction
from models.storage.dump import tables_of
from tests.web.api.program import key_for
from tests.world import NOON


def test_a_restored_copy_has_no_key_in_use(rosa: Servicer) -> None:
    _id, key = key_for(rosa)
    with reading() as session:
        assert key_in_use(session, key) is not None
    transaction(lambda session: neutralize(session, {t.name: t for t in tables_of(session)}, NOON))
    with reading() as session:
        assert key_in_use(session, key) is None

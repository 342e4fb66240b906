"""`flask phones rotate`: a new key replaces the old one, and no phone is lost."""

import pytest
from sqlalchemy import select

from commands.phones import reencrypt
from models.people.customers import Customer
from models.people.phone_numbers import PhoneKeys, use_keys
from models.people.servicers import Servicer
from models.privacy.key_rotation import rotate_batch
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.webhooks.endpoints import reencrypt_secrets
from tests.conftest import TEST_KEYS
from tests.models.webhooks.listening import endpoint, listens
from tests.one_database import on_sqlite
from tests.world import NOON, join, phone

OLD, NEW, HASH_KEY = "a key for the tests only", "a newer key for the tests", "a hash key for the tests only"
COUNT = 7


@pytest.fixture(autouse=True)
def keys_put_back() -> object:
    yield
    use_keys(TEST_KEYS)


@pytest.fixture
def crowd(queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(TEST_KEYS)  # another test's application may have left its own
    monkeypatch.setattr("commands.phones.AT_A_TIME", 3)
    for index in range(COUNT):
        join(queue, phone(index))
    transaction(lambda s: s.get_one(Servicer, rosa.id).set_phone(phone(99)))


def known() -> list[str | None]:
    with reading() as session:
        people = [
            *session.scalars(select(Customer).order_by(Customer.id)),
            session.scalars(select(Servicer)).one(),
        ]
        return [one.phone for one in people]


EVERYBODY = [*map(phone, range(COUNT)), phone(99)]


def test_after_rotating_the_old_key_can_go(crowd: None) -> None:
    use_keys(PhoneKeys([NEW, OLD], HASH_KEY))
    assert known() == EVERYBODY
    assert reencrypt() == (COUNT + 1, 0)
    use_keys(PhoneKeys([NEW], HASH_KEY))
    assert known() == EVERYBODY
    with reading() as session:
        assert Customer.of_phone(session, 1, phone(3)) is not None, "found as before"


def test_it_can_be_broken_off_and_run_again(crowd: None) -> None:
    use_keys(PhoneKeys([NEW, OLD], HASH_KEY))
    transaction(lambda s: rotate_batch(s, Customer, 0, 3))
    assert reencrypt() == (COUNT - 3 + 1, 0)
    assert reencrypt() == (0, 0)


@on_sqlite
def test_the_secrets_of_webhooks_are_encrypted_anew_too(rosa: Servicer) -> None:
    use_keys(TEST_KEYS)
    hook, secret = listens(rosa)
    use_keys(PhoneKeys([NEW, OLD], HASH_KEY))
    assert transaction(reencrypt_secrets) == (1, 0)
    use_keys(PhoneKeys([NEW], HASH_KEY))
    assert endpoint(hook).signing_secrets(NOON) == [secret]
    use_keys(TEST_KEYS)
    assert transaction(reencrypt_secrets) == (0, 1)


def test_phones_that_no_key_fits_are_told_and_left_as_they_are(crowd: None) -> None:
    use_keys(PhoneKeys([NEW], HASH_KEY))
    assert reencrypt() == (0, COUNT + 1)
    use_keys(PhoneKeys([NEW, OLD], HASH_KEY))
    assert known() == EVERYBODY

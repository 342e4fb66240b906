"""A servicer with a password, and the mailbox where letters arrive."""

import pytest

from models.people.business import Business
from models.people.servicers import Servicer
from models.storage.database import Database
from tests.web.account.accounts import HASH
from tests.web.mailbox import Mailbox
from tests.world import make_servicer


@pytest.fixture
def mia(business: Business) -> Servicer:
    return make_servicer(business, "Mia", email="mia@example.com", password_hash=HASH)


@pytest.fixture
def mailbox(db: Database) -> Mailbox:
    return Mailbox()

"""A servicer with a password, and the mailbox where letters arrive."""

from dataclasses import replace

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import Servicer
from tests.web.account.accounts import HASH
from tests.web.mailbox import SERVER, Mailbox
from tests.world import make_servicer


@pytest.fixture
def mia(business: Business) -> Servicer:
    return make_servicer(business, "Mia", email="mia@example.com", password_hash=HASH)


@pytest.fixture
def mailbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """An installation with a mail server, and what arrives."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], mail=SERVER))
    return Mailbox()

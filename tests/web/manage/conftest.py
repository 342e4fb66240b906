"""Managers who have signed in and not been at the counter: its page takes longer than any of theirs."""

import pytest
from flask import Flask

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor


@pytest.fixture
def rosas(app: Flask, queue: Queue, rosa: Servicer) -> Visitor:
    return Visitor(app).sign_in(rosa)

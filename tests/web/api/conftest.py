"""A program that may do everything in the barber's shop, and one for each scope."""

from collections.abc import Callable

import pytest
from flask import Flask

from models.people.programs.api_keys import Scope
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.api.program import Program, key_for


@pytest.fixture
def program(app: Flask, queue: Queue, rosa: Servicer) -> Program:
    return Program(app, key_for(rosa)[1])


@pytest.fixture
def with_scopes(app: Flask, queue: Queue, rosa: Servicer) -> Callable[..., Program]:
    def with_key(*scopes: Scope) -> Program:
        return Program(app, key_for(rosa, scopes=scopes)[1])

    return with_key

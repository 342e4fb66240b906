"""The curl lines of docs/api.md, in their order, do what they say."""

import re
import shlex
from pathlib import Path

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import Role
from models.queueing.tables.queues import Queue
from tests.web.api.program import key_for
from tests.world import make_servicer

WORDS = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
LINES = re.findall(r"^curl .*$", WORDS, re.MULTILINE)
LARGEST_STATUS = 201


def request_of(line: str) -> tuple[str, dict[str, str], str | None]:
    """The address, the headers and the body that curl would send."""
    words, headers, body, address = iter(shlex.split(line, comments=True)[1:]), {}, None, ""
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "--json":
            body = next(words)
        else:
            address = word
    return address, headers, body


@pytest.fixture
def replaced(business: Business, queue: Queue) -> dict[str, str]:
    rosa = make_servicer(business, "Rosa", email="rosa@example.com", role=Role.MANAGER)
    return {"$KEY": f"Authorization: Bearer {key_for(rosa)[1]}", "$API": f"/api/v1/queues/{queue.keyword}"}


def test_each_line_is_answered_as_meant(app: Flask, replaced: dict[str, str]) -> None:
    assert len(LINES) == 10
    for line in LINES:
        filled = line
        for name, value in replaced.items():
            filled = filled.replace(name, value)
        address, headers, body = request_of(filled)
        if body is None:
            answer = app.test_client().get(address, headers=headers)
        else:
            headers |= {"Content-Type": "application/json"}
            answer = app.test_client().post(address, data=body, headers=headers)
        assert answer.status_code <= LARGEST_STATUS, (line, answer.text)

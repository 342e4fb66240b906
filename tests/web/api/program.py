"""A program with a key: asks and posts as one would, and reads the answers."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from models.people.programs.api_keys import Scope, make_key
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction

_counter = itertools.count(1)


def key_for(
    servicer: Servicer, queue: Queue | None = None, scopes: Iterable[Scope] = tuple(Scope)
) -> tuple[int, str]:
    """Its row's id, and the key."""
    row, key = transaction(
        lambda session: make_key(
            session,
            business_id=servicer.business_id,
            queue_id=queue.id if queue else None,
            name=f"Program {next(_counter)}",
            scopes=list(scopes),
            made_by_id=servicer.id,
            now=datetime.now(UTC),
        )
    )
    return row.id, key


class Program:
    def __init__(self, app: Flask, key: str, keyword: str = "CET236") -> None:
        self.client, self.key, self.root = app.test_client(), key, f"/api/v1/queues/{keyword}"

    def get(self, path: str = "", **asked: str) -> TestResponse:
        return self.client.get(f"{self.root}{path}", headers=self._headers(), query_string=asked)

    def post(self, path: str, body: Any = None, once: str | None = None, **headers: str) -> TestResponse:
        """`once`: the Idempotency-Key, else a new one."""
        named = {"Idempotency-Key": once or f"request-{next(_counter)}"}
        headers = self._headers() | named | headers
        return self.client.post(f"{self.root}{path}", json=body or {}, headers=headers)

    def join(self, once: str | None = None, **fields: Any) -> Any:
        answer = self.post("/tickets", fields, once)
        assert answer.status_code == 201, answer.text
        return answer.get_json()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def problem(answer: TestResponse) -> tuple[int, str]:
    """The status and the code of a problem, which is told as one."""
    assert answer.mimetype == "application/problem+json", answer.text
    told = answer.get_json()
    assert told["status"] == answer.status_code
    assert told["type"].endswith(told["code"])
    assert told["title"]
    assert told["detail"]
    return answer.status_code, told["code"]

"""Errors as programs read them: application/problem+json (RFC 9457), in plain English whatever the language.

`code` says what is wrong in one word, `type` the same as an address; `detail` is for whoever reads the log.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

PREFIX = "/api/"
TYPE = "urn:take-a-number:"

DETAILS = {
    400: "The request can't be read.",
    404: "There's nothing at this address.",
    405: "This address doesn't take that method. See the header Allow.",
    408: "The body of the request didn't arrive in time. Nothing was changed.",
    413: "The body of the request is longer than 256 KB. Nothing was changed.",
    500: "Something went wrong on our end. Send the same request again, with the same Idempotency-Key.",
    503: "The database can't be written right now. Nothing was changed. Send the same request again later.",
}


class Problem(Exception):
    """Raised wherever an answer to a program can't be given."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(code)
        self.status, self.headers = status, dict(headers or {})
        self.body = problem_body(status, code, detail, **more)

    def response(self) -> Response:
        return problem_response(self.status, self.body, self.headers)


def problem_body(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    return {"type": f"{TYPE}{code}", "title": title, "status": status, "code": code, "detail": detail} | more


def problem_response(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True) + "\n"
    return Response(text, status=status, mimetype="application/problem+json", headers=dict(headers or {}))


def problem_of_status(
    status: int, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Of an error that is told by its status alone."""
    code = HTTPStatus(status).name.lower()
    words = detail or DETAILS.get(status, DETAILS[400 if status < 500 else 500])
    return problem_response(status, problem_body(status, code, words), headers)


def is_for_a_program() -> bool:
    return request.path.startswith(PREFIX)

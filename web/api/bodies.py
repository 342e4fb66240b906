"""What a request says: the fields of its JSON body, or the questions in its address. Knows no queue.

What can't be read is refused with 400, what is not JSON with 415, what a field may not hold with 422.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import request

from web.http.problems import Problem

LONGEST_TEXT = 254
LONGEST_NAME = 40  # of an unknown field, as an answer repeats it


def sent_fields(known: Collection[str]) -> dict[str, Any]:
    """The body's fields; no body is an empty one. null stands for a missing field."""
    body = request.get_data()
    if not body:
        return {}
    if request.mimetype != "application/json":
        raise Problem(415, "not_json", "Send the body as JSON, with Content-Type: application/json.")
    fields = _object(body)
    _require_known(fields, known)
    return {name: value for name, value in fields.items() if value is not None}


def asked(*known: str) -> dict[str, str]:
    """The questions in the address, each at most once."""
    given = request.args.to_dict(flat=False)
    _require_known(given, known)
    twice = {name: "Ask this once." for name, values in given.items() if len(values) > 1}
    if twice:
        raise unfit(twice)
    return request.args.to_dict()


def _require_known(given: Collection[str], known: Collection[str]) -> None:
    """What is misspelt is told, and not left out of what is done."""
    unknown = {name[:LONGEST_NAME]: "There is no such field here." for name in given if name not in known}
    if unknown:
        raise unfit(unknown)


def unfit(fields: Mapping[str, str]) -> Problem:
    """422, and what is wrong with each field."""
    words = " ".join(f"{name}: {problem}" for name, problem in sorted(fields.items()))
    return Problem(422, "unfit", words[:500], fields=dict(fields))


def text_field(fields: Mapping[str, Any], name: str) -> str:
    """Words on one line; "" if missing."""
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not _is_writable(value):
        raise unfit({name: f"Send at most {LONGEST_TEXT} characters of text."})
    return value


def number_field(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise unfit({name: "Send a whole number."})
    return value


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem(400, "bad_request", "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Problem(422, "unfit", "Send a JSON object.")
    return found


def _refuse(constant: str) -> Callable[..., Any]:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _is_writable(text: str) -> bool:
    """Neither half a character nor the one that Postgres can't store."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)

"""A NUL, which Postgres takes in no word, breaks no page: in fields, in questions, in addresses."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.web.test_nothing_breaks import FIELDS, QUESTIONS
from tests.web.whole_shop import Shop

pytestmark = pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)

VALID = {"email": "ana\x00@example.com", "new_email": "a\x00b@example.com", "phone": "+1555\x000100001"}


def test_in_no_field_and_no_question(shop: Shop) -> None:
    form = dict.fromkeys(FIELDS, "a\x00b") | VALID | {"csrf_token": shop.token}
    for path in shop.posts:
        answer = shop.visitor.client.post(path, data=form | {"press": uuid4().hex})
        assert answer.status_code < 500, path
    for path in shop.pages:
        if not path.startswith("/events/"):
            answer = shop.visitor.client.get(path, query_string=dict.fromkeys(QUESTIONS, "a\x00b"))
            assert answer.status_code < 500 or path.startswith("/readyz"), path


def test_in_no_address(shop: Shop) -> None:
    for method, paths in (("GET", shop.pages), ("POST", shop.posts)):
        for path in paths:
            parts = path.split("/")
            for at in range(1, len(parts)):
                for nul in ("\x00", f"{parts[at]}\x00", "a\x00-2"):
                    asked = quote("/".join([*parts[:at], nul, *parts[at + 1 :]]))
                    answer = shop.visitor.client.open(asked, method=method, data={"csrf_token": shop.token})
                    answer.close()
                    assert answer.status_code < 500, (method, asked)

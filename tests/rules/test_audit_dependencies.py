"""The audit of dependencies: a hole fails, silence of the service does not but is told."""

import json

import pytest

from tests.audit_dependencies import NOT_AUDITED, judge

FLASK = {"name": "flask", "version": "3.1.3", "vulns": []}
HOLE = {"id": "PYSEC-1", "fix_versions": ["9.9"], "aliases": [], "description": ""}


def test_a_known_hole_fails_the_check_and_says_what_mends_it() -> None:
    said = json.dumps({"dependencies": [FLASK, FLASK | {"name": "jinja2", "vulns": [HOLE]}]})
    assert judge(said) == (False, ["jinja2 3.1.3: PYSEC-1, mended in 9.9"])


def test_all_well_is_told_with_how_many_were_looked_at() -> None:
    said = json.dumps({"dependencies": [FLASK, {"name": "ours", "skip_reason": "not found"}]})
    words = "Dependencies: 1 audited, no known hole, 1 unknown to the service."
    assert judge(said) == (True, [words])


@pytest.mark.parametrize(
    "said", ["", "Traceback", "[]", json.dumps({"dependencies": [{"name": "a", "skip_reason": "b"}]})]
)
def test_a_service_that_can_not_be_reached_does_not_fail_the_check(said: str) -> None:
    assert judge(said) == (True, [NOT_AUDITED])

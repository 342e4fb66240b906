"""The audit of dependencies: fails on a vulnerability or a broken audit; warns if the service is down."""

import json

import pytest

from tests.audit_dependencies import BROKEN, NONE_KNOWN, NOT_AUDITED, judge

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
    "complaint",
    [
        "Traceback\nrequests.exceptions.ConnectionError: Max retries exceeded",
        "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed",
        "pip_audit._service.interface.ServiceError",
    ],
)
def test_a_service_that_can_not_be_reached_does_not_fail_the_check_but_is_told(complaint: str) -> None:
    assert judge("", complaint) == (True, [NOT_AUDITED])


def test_a_service_that_knows_nothing_is_told() -> None:
    said = json.dumps({"dependencies": [{"name": "a", "skip_reason": "b"}]})
    assert judge(said) == (True, [NONE_KNOWN])


@pytest.mark.parametrize(
    ("said", "complaint", "why"),
    [
        ("", "ERROR: requirement flask has no hash", "ERROR: requirement flask has no hash"),
        ("[]", "", "it said nothing"),
        ("", "Traceback\nNo module named pip_audit\n", "No module named pip_audit"),
    ],
)
def test_an_audit_that_breaks_fails_the_check(said: str, complaint: str, why: str) -> None:
    assert judge(said, complaint) == (False, [BROKEN + why])

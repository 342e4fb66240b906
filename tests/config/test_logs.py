"""The log: one line per thing, whoever writes it, and no phone number in full."""

import json
import subprocess
import sys

import pytest

from config.settings import CODE

SAY = """
import logging, sys, structlog
from config import logs
logs.set_up("info")
log = structlog.get_logger("shop")
"""


def said(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SAY + code], cwd=CODE, capture_output=True, text=True, check=True
    )
    assert done.stdout == "", "standard output belongs to what commands print"
    return done.stderr.splitlines()


def test_a_line_says_when_how_grave_what_and_the_facts() -> None:
    (line,) = said("log.info('text accepted', ticket=12, kind='your turn')")
    when, *rest = line.split(" ", 3)
    assert when.endswith("Z")
    assert rest == ["info", "text", "accepted ticket=12 kind='your turn'"]


def test_a_fault_with_its_trace_is_one_line() -> None:
    (line,) = said("try: 1 / 0\nexcept ZeroDivisionError: log.exception('broken', door='sms')")
    assert "broken door=sms" in line
    assert "ZeroDivisionError: division by zero" in line


def test_what_libraries_log_comes_out_in_the_same_form() -> None:
    (line,) = said("logging.getLogger('gunicorn.error').warning('worker %s is late', 7)")
    assert line.endswith("Z warning worker 7 is late")


def test_a_line_end_in_a_fact_does_not_make_a_second_line() -> None:
    assert len(said(f"log.info('named', name={json.dumps('Ana' + chr(10) + 'error all is lost')})")) == 1


def test_nothing_in_a_line_turns_to_the_terminal() -> None:
    (line,) = said(r"log.warning('r\x1b[2Jefused', path='/q/\x1b]0;x\x07\x9b\u2028')")
    assert line.isprintable()
    assert r"\x1b[2J" in line


def test_what_is_below_the_level_is_not_written() -> None:
    assert said("log.debug('detail'); logging.getLogger('sqlalchemy').info('SELECT')") == []


@pytest.mark.parametrize("number", ["+351912345678", "%2B15550100000"])
def test_of_a_phone_number_only_the_last_two_digits_are_written(number: str) -> None:
    (line,) = said(f"log.warning('refused', address='x?From={number}&Body=Hi', words='from {number}.')")
    assert number not in line
    assert line.count(f"…{number[-2:]}") == 2

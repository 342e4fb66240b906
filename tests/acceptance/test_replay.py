"""The sample day, replayed through webhook and pages of the real processes, ends as in its file."""

import csv
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.acceptance.installation import (
    ROOT,
    SECONDS_FOR_COMMANDS,
    SECONDS_TO_ANSWER,
    Installation,
    free_port,
)
from tests.fake_carrier import FakeCarrier
from tests.world import SHOP_PHONE

pytestmark = pytest.mark.acceptance

SAMPLE = "docs/samples/day.csv"
WITHOUT_A_CARRIER = {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_API_URL": ""}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, new_shop: Path) -> Iterator[Installation]:
    """A shop with pretend phones whose PUBLIC_URL is https, though the tests use http."""
    folder = tmp_path_factory.mktemp("replay")
    installation = Installation(folder, FakeCarrier(), free_port(), **WITHOUT_A_CARRIER)
    installation.set_up_like(new_shop)
    more = (f"whatsapp:{SHOP_PHONE}", "rcs:barber_lopes")
    installation.commands(*((("number", "add", address), "") for address in more))
    with installation.running():
        yield installation


def test_the_sample_day_ends_as_in_its_file(shop: Installation) -> None:
    said = shop.command("replay", SAMPLE, "--speed", "3000").splitlines()
    assert said[-1] == "The day went as in the file."
    assert "Acts       145 of 145 as in the file" in said
    assert "Outcomes   34 of 34 served, 3 of 3 left, 2 of 2 no_show, 1 of 1 removed" in said
    assert "Numbers    1 to 40, none twice" in said
    assert "14 by SMS, 13 by WhatsApp, 13 by RCS." in said
    assert sum("puts 21 first" in line for line in said) == 1
    assert any(line.endswith(" came, none twice; 0 under way") for line in said)
    assert outcomes(shop.command("history", "export", "REPLAY")) == outcomes((ROOT / SAMPLE).read_text())


def test_with_corrections_it_ends_as_in_its_file_too(shop: Installation) -> None:
    said = shop.command(
        "replay", SAMPLE, "--speed", "3000", "--queue", "AGAIN2", "--corrections", "--talk"
    ).splitlines()
    assert said[-1] == "The day went as in the file."
    assert "Queue      closed after last call" in said
    assert [line for line in said if " brings " in line]
    assert [line for line in said if " takes " in line]
    assert [line for line in said if " asks when to come: " in line]
    asked = sum(" asks '" in line for line in said)
    assert asked == sum(" answers " in line for line in said) > 5
    held = sum(" on hold" in line for line in said)
    assert held == sum(line.endswith(" in") for line in said) > 5
    assert "Outcomes   34 of 34 served, 3 of 3 left, 2 of 2 no_show, 1 of 1 removed" in said


def test_a_replay_that_is_interrupted_leaves_nobody_in_line(shop: Installation) -> None:
    replay = subprocess.Popen(
        ["flask", "replay", SAMPLE, "--speed", "1500", "--queue", "AGAIN1"],
        cwd=ROOT,
        env=shop.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background has been told to ignore Ctrl-C, and would hand that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert replay.stdout is not None
    for line in replay.stdout:
        if "9 joins" in line:
            break
    replay.send_signal(signal.SIGINT)
    _, complaint = replay.communicate(timeout=SECONDS_FOR_COMMANDS)
    assert replay.returncode == 1
    assert complaint.startswith("Error: Interrupted after ")
    figures = requests.get(f"{shop.url}/metrics", timeout=SECONDS_TO_ANSWER).text
    assert 'queue_waiting{keyword="AGAIN1"} 0.0' in figures


def outcomes(text: str) -> list[tuple[str, str, str]]:
    return [(row["number"], row["outcome"], row["party"]) for row in csv.DictReader(text.splitlines())]

"""`flask doctor` asks our pages by PUBLIC_URL whether what the proxies send fits PROXIES."""

from pathlib import Path

import pytest
import requests
import responses

from commands.doctor.public_address import NotAsked, public_address_problem
from config.settings import Settings

URL = "https://queue.example.org"


def problem(tmp_path: Path, proxies: int) -> str | None:
    environ = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": URL, "PROXIES": str(proxies)}
    return public_address_problem(Settings.from_environment(environ))


@responses.activate
@pytest.mark.parametrize(
    ("proxies", "forwarded", "words"),
    [
        (1, True, None),
        (0, False, None),
        (1, False, "no X-Forwarded-For arrives"),
        (0, True, "PROXIES is 0"),
    ],
)
def test_what_comes_fits_or_is_told(tmp_path: Path, proxies: int, forwarded: bool, words: str | None) -> None:
    responses.get(
        f"{URL}/readyz/web", json={"status": "down", "checks": {}, "forwarded": forwarded}, status=503
    )
    found = problem(tmp_path, proxies)
    assert (found is None) if words is None else (words in str(found))


@responses.activate
@pytest.mark.parametrize("body", ["<h1>Welcome to nginx!</h1>", "[]", '{"status": "ready"}'])
def test_another_program_at_the_address_is_told(tmp_path: Path, body: str) -> None:
    responses.get(f"{URL}/readyz/web", body=body)
    assert "leads to something else" in str(problem(tmp_path, 1))


@responses.activate
@pytest.mark.parametrize("trouble", [requests.ConnectTimeout(), requests.ConnectionError("refused")])
def test_an_address_that_does_not_answer_from_here_is_no_verdict(tmp_path: Path, trouble: Exception) -> None:
    responses.get(f"{URL}/readyz/web", body=trouble)
    with pytest.raises(NotAsked):
        problem(tmp_path, 1)

"""What is started by forking reads, prints and ends like any program."""

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.process_lifetime import is_alive
from tests.acceptance.installation import comes_true
from tests.fork_server import Forked


@pytest.mark.parametrize(("given", "returned"), [('{"number": 7}', 0), ("{", 1)])
def test_it_reads_prints_and_returns(tmp_path: Path, given: str, returned: int) -> None:
    stdin, stdout, stderr = (tmp_path / name for name in ("in", "out", "err"))
    stdin.write_text(given)
    stdout.write_text("before\n")
    program = Forked(
        ["python", "-m", "json.tool", "--compact"], cwd=tmp_path, env={}, files=(stdin, stdout, stderr)
    )
    assert program.wait(60) == returned
    assert program.poll() == returned, "asked again, it tells again"
    before, *printed = stdout.read_text().splitlines()
    assert before == "before"
    assert [json.loads(line) for line in printed] == ([{"number": 7}] if returned == 0 else [])
    assert ("Expecting" in stderr.read_text()) == (returned != 0)


def test_its_environment_folder_and_group_are_its_own(tmp_path: Path) -> None:
    printed = tmp_path / "out"
    tell = "print(os.environ, os.getcwd(), os.getpgid(0) == os.getpid())"
    program = Forked(
        ["python", "-m", "timeit", "-n", "1", "-r", "1", "-s", "import os", tell],
        cwd=tmp_path,
        env={"ONE": "1"},
        files=(Path(os.devnull), printed, printed),
    )
    assert program.wait(60) == 0, printed.read_text()
    assert printed.read_text().splitlines()[0] == f"environ({{'ONE': '1'}}) {tmp_path} True"


def test_several_threads_may_ask_whether_it_has_ended(tmp_path: Path) -> None:
    nothing = Path(os.devnull)
    program = Forked(
        ["python", "-m", "timeit", "-n", "1", "-r", "1", "1"],
        cwd=tmp_path,
        env={},
        files=(nothing, nothing, nothing),
    )
    assert comes_true(lambda: not is_alive(program.pid))
    with ThreadPoolExecutor(4) as threads:
        together = threading.Barrier(4, timeout=60)
        assert list(threads.map(lambda _: (together.wait(), program.poll())[1], range(4))) == [0] * 4


def test_programs_know_the_words_with_which_they_execute_themselves_anew(tmp_path: Path) -> None:
    # The watchdog of the clock
    module = ["-m", "timeit", "-n", "1", "-r", "1", "print(__import__('sys').orig_argv[1:])"]
    assert _first_line(tmp_path, ["python", *module]) == str(module)
    # gunicorn, at SIGUSR2
    (tmp_path / "settings.py").write_text("import sys; print(sys.argv)")
    words = ["-c", str(tmp_path / "settings.py"), "--check-config", "wsgiref.simple_server:demo_app"]
    script = str(Path(sys.executable).with_name("gunicorn"))
    assert _first_line(tmp_path, ["gunicorn", *words]) == str([script, *words])


def _first_line(folder: Path, words: list[str]) -> str:
    printed = folder / words[0]
    program = Forked(words, cwd=folder, env={}, files=(Path(os.devnull), printed, printed))
    assert program.wait(60) == 0, printed.read_text()
    return printed.read_text().splitlines()[0]

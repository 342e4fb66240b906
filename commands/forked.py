"""Runs a Procfile's Python programs in forks of the launcher, which has imported what they have in common.

A fork shares the memory of what was imported before it, and does not import it again. Other commands run in a
shell, as does everything where a program that was forked and not begun anew isn't safe.

The web's worker lets gevent patch the standard library after its fork. So what is shared may look names up in
`threading`, `time` and `socket`, but holds nothing of them (tests/commands/test_shared_imports.py).
"""

import contextlib
import os
import re
import runpy
import shlex
import signal
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import NoReturn

from config.importing import import_much
from config.process_lifetime import end_with_launcher

FORKS = sys.platform == "linux"
SCRIPTS = ("gunicorn", "flask")  # of Python, beside it
# The web, the clock and most commands need them.
SHARED = ("models.schema", "models.people.phone_ciphers", "commands.set_up_process", "bot.handle_texts")
NEEDS_A_SHELL = re.compile(r"[$<>|&;`*?~#\\]")
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def share_imports(commands: Iterable[str]) -> None:
    """To be called before the first fork."""
    if any(map(_python_words, commands)):
        for name in SHARED:
            import_much(name)


class Begun:
    """A child that runs, and the file descriptor from which its output is read."""

    def __init__(self, pid: int, reading: int) -> None:
        self.pid = pid
        self.reading = reading
        self.returncode: int | None = None

    @cached_property
    def stdout(self) -> BufferedReader:
        return open(self.reading, "rb")

    def end(self) -> None:
        """Unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            self.wait()

    def wait(self) -> int:
        """What it returned; the negative number of the signal that ended it."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode


class Program(Begun):
    """A started command. Call this before there is a thread, or an open file in a variable."""

    def __init__(
        self, command: str | Callable[[], str], errors: int | None = None, *, shares_fate: bool = False
    ) -> None:
        """`command`: or a function; the fork prints what it returns.

        `errors`: the file descriptor for standard error, if it is not to come with the output.
        `shares_fate`: what ends us ends it: Ctrl-C and a closed terminal reach it, and it watches us.

        In the fork, SystemExit goes through the callers when the program is done.
        """
        reading, writing = os.pipe()
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        pid = os.fork()
        if pid == 0:
            become(command, writing, writing if errors is None else errors, shares_fate=shares_fate)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        os.close(writing)
        super().__init__(pid, reading)


def become(
    command: str | Callable[[], str], output: int, errors: int, *, shares_fate: bool = False
) -> NoReturn:
    """Runs the command in this process, a fork with nothing else to do; both numbers are file descriptors."""
    if not shares_fate:
        os.setsid()
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for number in ENDINGS:  # as where a program begins: what is ignored stays so
        if signal.getsignal(number) is not signal.SIG_IGN:
            default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, default)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    if callable(command):
        os.write(1, command().encode())
        sys.exit()
    words = _python_words(command)
    if not words:
        os.execv("/bin/sh", ["sh", "-c", command])
    if shares_fate:
        end_with_launcher()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    _run_python(words)
    sys.exit()


def _run_python(words: list[str]) -> None:
    """As if this process had been started so: the watchdog and gunicorn execute their process anew."""
    is_module = words[0] == "-m"
    sys.argv = words[1:] if is_module else words
    sys.orig_argv = [sys.executable, *words]
    with contextlib.suppress(OSError):  # what `top` and `ps -e` show
        Path("/proc/self/comm").write_text(Path(sys.argv[0]).name)
    if is_module:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def _python_words(command: str) -> list[str]:
    """What follows `python`: -m and a module, or a script; nothing if it may not run in a fork."""
    if not FORKS or NEEDS_A_SHELL.search(command):
        return []
    match shlex.split(command.removeprefix("exec ")):
        case ["python", "-m", *words] if words:
            return ["-m", *words]
        case [name, *words] if name in SCRIPTS and (script := Path(sys.executable).with_name(name)).exists():
            return [str(script), *words]
    return []

"""What the launcher of `make run` becomes once its programs run: it prints what they print, until all end.

If any of make, the launcher, the web or the clock ends, in whatever way, the others end too. The launcher
executes itself anew as this, so that what it imported for its programs takes no memory of its own: import
little here.
"""

import errno
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping

from honcho.manager import Manager
from honcho.printer import Printer

from commands.forked import ENDINGS, Begun
from config.process_lifetime import POLL_SECONDS, Parent

ASKED_TO_END = (130, 143)
GRACE_SECONDS = 8


def become_this(parent: int, programs: Mapping[str, Begun], welcome: Begun) -> None:
    """Same process id, same children. What asks us to end meanwhile is heard afterwards.

    `welcome`: its output is printed as it is, once it has all been said; it may end.
    """
    begun = [*programs.items(), ("", welcome)]
    for _, each in begun:
        os.set_inheritable(each.reading, True)
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    words = [f"{name}:{each.pid}:{each.reading}" for name, each in begun]
    os.execv(sys.executable, [sys.executable, "-m", "commands.kept_running", str(parent), *words])


def main(parent: str, *words: str) -> None:
    told = (word.split(":") for word in words)
    begun = {name: Begun(int(pid), int(reading)) for name, pid, reading in told}
    welcome = begun.pop("")
    manager = OneProcess(begun)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, lambda *_: end())
    Watch(manager, Parent(int(parent))).start()
    threading.Thread(target=_print_all, args=(welcome,), daemon=True).start()
    try:
        manager.loop()
    finally:
        # Whatever went wrong, wait for nothing: the processes end when we are gone.
        os._exit(exit_code(manager.returncode))


def _print_all(program: Begun) -> None:
    with program.stdout as output:
        Screen().write(output.read().decode(errors="replace"))
    program.wait()


class OneProcess(Manager):
    """honcho's manager, with threads that read what programs print, where honcho forks a process for each."""

    def __init__(self, programs: Mapping[str, Begun]) -> None:
        super().__init__(Printer(Screen()))
        self.events: queue.Queue[object] = queue.Queue()
        for name, program in programs.items():
            self.add_process(name, "")._child_ctor = lambda *_, begun=program, **__: begun
            self._processes[name]["pid"] = program.pid  # at once: who asks us to end may have asked before

    def has_ended(self) -> bool:
        return bool(self._all_stopped())

    def _start(self) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        for each in self._processes.values():
            threading.Thread(target=each["obj"].run, args=(self.events,), daemon=True).start()


def exit_code(returncode: int | None) -> int:
    if returncode in ASKED_TO_END:
        return 0
    Screen().write("A process stopped by itself, so everything was stopped. The lines above say why.\n")
    return 1


class Watch(threading.Thread):
    """Ends everything, by force if needed, if our parent is ending."""

    def __init__(self, manager: OneProcess, parent: Parent) -> None:
        super().__init__(daemon=True)
        self._manager = manager
        self._parent = parent

    def run(self) -> None:
        while not self._parent.is_leaving():
            time.sleep(POLL_SECONDS)
        if self._manager.returncode is None:
            end()
        deadline = time.monotonic() + GRACE_SECONDS
        while not self._manager.has_ended() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        time.sleep(2 * POLL_SECONDS)  # in which the manager says so, and ends us
        self._manager.kill()
        os._exit(1)


def end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


# Standard output is a file: its disk is full, a quota is used up, or the file is as large as it may be.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Screen:
    """Standard output, also for a signal handler's lines; if nobody reads it any more, everything ends."""

    gone = False

    def write(self, text: str) -> None:
        if Screen.gone:
            return
        try:
            os.write(sys.stdout.fileno(), text.encode())
        except OSError as error:
            if error.errno not in NO_ROOM:
                Screen.gone = True
                end()

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return sys.stdout.isatty()


if __name__ == "__main__":
    main(*sys.argv[1:])

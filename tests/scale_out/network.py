"""Hosts of one machine: network namespaces on a bridge, which can be cut off and joined again."""

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PREFIX, BRIDGE, SWITCH = "queue-", "queue-bridge", "queue-switch"
NOBODY = 65534


class Host:
    """A namespace with an address; what is started in it is ended with it."""

    def __init__(self, name: str, last_byte: int) -> None:
        self.name, self.space, self.address = name, f"{PREFIX}{name}", f"10.77.0.{last_byte}"
        self.processes: list[subprocess.Popen[bytes]] = []

    def plug_in(self) -> None:
        _ip("netns", "add", self.space)
        _ip(
            "link",
            "add",
            self._wire,
            "netns",
            SWITCH,
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            self.space,
        )
        _ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", self.space, "link", "set", device, "up")
        _ip("-n", SWITCH, "link", "set", self._wire, "master", BRIDGE, "up")

    def cut_off(self) -> None:
        """Nothing gets through any more, and nobody is told."""
        _ip("-n", SWITCH, "link", "set", self._wire, "down")

    def join(self) -> None:
        _ip("-n", SWITCH, "link", "set", self._wire, "up")

    def run(
        self, *command: str | Path, environ: Mapping[str, str] | None = None, as_nobody: bool = False
    ) -> None:
        subprocess.run(
            self._command(command, as_nobody),
            env=_environ(environ),
            check=True,
            cwd="/" if as_nobody else None,
        )

    def start(
        self,
        *command: str | Path,
        environ: Mapping[str, str] | None = None,
        as_nobody: bool = False,
        log: Path,
    ) -> "subprocess.Popen[bytes]":
        with open(log, "ab") as file:
            process = subprocess.Popen(
                self._command(command, as_nobody),
                env=_environ(environ),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                cwd="/" if as_nobody else None,
            )
        self.processes.append(process)
        return process

    def kill(self) -> None:
        """SIGKILL to all that runs here."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, 9)
            process.wait()
        self.processes.clear()

    @property
    def _wire(self) -> str:
        return f"to-{self.name}"

    def _command(self, command: Sequence[str | Path], as_nobody: bool) -> list[str]:
        inside = ["ip", "netns", "exec", self.space]
        if as_nobody:
            inside += ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        return [*inside, *map(str, command)]


@contextmanager
def network(hosts: Sequence[Host]) -> Iterator[None]:
    tear_down(hosts)
    _ip("netns", "add", SWITCH)
    try:
        _ip("-n", SWITCH, "link", "add", BRIDGE, "type", "bridge")
        _ip("-n", SWITCH, "link", "set", BRIDGE, "up")
        for host in hosts:
            host.plug_in()
        yield
    finally:
        for host in hosts:
            host.kill()
        tear_down(hosts)


def tear_down(hosts: Sequence[Host]) -> None:
    for space in (*(host.space for host in hosts), SWITCH):
        subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)


def enter(host: Host) -> None:
    """This process goes on as a process of that host."""
    with open(f"/run/netns/{host.space}") as space:
        if _setns(space.fileno(), CLONE_NEWNET) != 0:
            raise OSError("this process may not enter a network namespace")


CLONE_NEWNET = 0x40000000


def _setns(descriptor: int, kind: int) -> int:
    # Python 3.11 has no os.setns yet.
    return int(ctypes.CDLL(None, use_errno=True).setns(descriptor, kind))


def _environ(environ: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(environ or {})}


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)

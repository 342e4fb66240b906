"""A Postgres primary and its streaming replica, each on a host of its own."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.postgres import NOBODY, programs_in
from tests.scale_out.network import Host

PORT = "5432"
DURABLE = ("synchronous_commit=on", "max_connections=200", "wal_level=replica", "hot_standby=on")


class Databases:
    def __init__(self, folder: Path, primary: Host, replica: Host) -> None:
        self.folder, self.primary, self.replica = folder, primary, replica
        folder.mkdir()
        folder.chmod(0o755)
        self.programs = programs_in(folder)

    @property
    def url(self) -> str:
        """Both are named: whichever may be written to is the one."""
        hosts = "&".join(f"host={host.address}:{PORT}" for host in (self.primary, self.replica))
        return f"postgresql+psycopg://postgres@/queue?{hosts}&target_session_attrs=read-write"

    def start(self) -> None:
        data = self._data(self.primary)
        self._program(
            self.primary, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"
        )
        with open(data / "pg_hba.conf", "a") as rules:
            rules.write("host all all 10.77.0.0/24 trust\nhost replication all 10.77.0.0/24 trust\n")
        # A commit is on both before it is acknowledged: whoever is promoted lacks nothing.
        self._serve(self.primary, "synchronous_standby_names=*")
        self.wait_for(self.primary)
        copy = self._data(self.replica)
        self._program(
            self.replica,
            "pg_basebackup",
            "-h",
            self.primary.address,
            "-U",
            "postgres",
            "-D",
            copy,
            "-R",
            "-X",
            "stream",
        )
        copy.chmod(0o700)
        self._serve(self.replica)
        self.wait_for(self.replica)
        self._program(self.primary, "createdb", "-h", self.primary.address, "-U", "postgres", "queue")

    def promote(self) -> None:
        """What the runbook says, by hand: the replica becomes the primary."""
        self._program(self.replica, "pg_ctl", "promote", "-D", self._data(self.replica))

    def wait_for(self, host: Host) -> None:
        for _ in range(300):
            ready = [
                "ip",
                "netns",
                "exec",
                host.space,
                self.programs / "pg_isready",
                "-q",
                "-h",
                host.address,
            ]
            if subprocess.run(list(map(str, ready)), check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / f"{host.name}.log").read_text())

    def _serve(self, host: Host, *settings: str) -> None:
        chosen = (*DURABLE, f"listen_addresses={host.address}", *settings)
        words = [word for setting in chosen for word in ("-c", setting)]
        data = self._data(host)
        log = self.folder / f"{host.name}.log"
        host.start(self.programs / "postgres", "-D", data, "-k", "", *words, as_nobody=True, log=log)

    def _program(self, host: Host, program: str, *words: str | Path) -> None:
        host.run(self.programs / program, *words, as_nobody=True)

    def _data(self, host: Host) -> Path:
        data = self.folder / f"{host.name}-data"
        if not data.exists():
            data.mkdir(mode=0o700)
            shutil.chown(data, NOBODY, NOBODY)
        return data


assert os.geteuid() == 0, "network namespaces and their hosts need root"

"""The launcher of `make run`: migrates, then runs `web` and `clock` of the Procfile until it is told to end.

It knows nothing of queues or texts, and starts the same commands as any Procfile runner.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from dotenv import load_dotenv
from honcho.environ import parse_procfile

from commands.forked import Program, share_imports
from commands.kept_running import become_this
from config.locations import keep_files_private
from config.own_web import open_directly, own_url
from config.process_lifetime import LAUNCHER, POLL_SECONDS, Parent
from config.settings import CarrierName, Settings, SettingsError

ROOT = Path(__file__).resolve().parent.parent
KEPT_RUNNING = ("web", "clock")
LIST_SECONDS = 30
MOST_LINES = 20  # of queues, four each
QUEUES_UNKNOWN = "Your queues     .venv/bin/flask queue list"


def main() -> None:
    keep_files_private()
    parent = int(os.environ.pop("STARTED_BY", "0")) or os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    load_dotenv(ROOT / ".env")
    try:
        settings = Settings.from_environment()
        settings.refuse_port_in_use()
    except SettingsError as error:
        sys.exit(str(error))
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["PYTHONUNBUFFERED"] = "1"
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes
    share_imports(processes.values())
    os.environ[LAUNCHER] = str(os.getpid())
    run_once(processes["release"], parent)
    sign_in = run_once("flask --app app demo", parent) if settings.carrier is CarrierName.PRETEND else ""
    keep_running({name: processes[name] for name in KEPT_RUNNING}, parent, lambda: welcome(settings, sign_in))


def run_once(command: str, parent: int) -> str:
    """Runs a command and returns its standard output; if it fails, so do we. Both end if our parent does."""
    errors, path = mkstemp()
    os.unlink(path)
    program = Program(command, errors, shares_fate=True)
    try:
        with open(errors, "rb") as wrong:
            said = _read_all(program, Parent(parent))
            if program.wait() != 0:
                wrong.seek(0)
                said += wrong.read()
                sys.exit(
                    f"{said.decode(errors='replace')}\n`{command}` failed; the lines above say why.".strip()
                )
    finally:
        program.end()
    return said.decode(errors="replace").strip()


def _read_all(program: Program, parent: Parent) -> bytes:
    said = b""
    with program.stdout as output:
        while not parent.is_leaving():
            if select.select([output], [], [], POLL_SECONDS)[0]:
                read = output.read1()
                if not read:
                    return said
                said += read
    sys.exit(143)


def keep_running(commands: Mapping[str, str], parent: int, welcome: Callable[[], str]) -> None:
    programs = {name: Program(f"exec {command}") for name, command in commands.items()}
    become_this(parent, programs, Program(welcome))


def welcome(settings: Settings, sign_in: str) -> str:
    """Where everything is and what to do next, as soon as the web answers."""
    while not answers(settings):
        time.sleep(0.2)
        if os.getppid() != int(os.environ[LAUNCHER]):
            sys.exit()
    queues = "" if sign_in else own_queues()
    return f"\n{directions(settings, sign_in, queues)}\n\nPress Ctrl-C to stop.\n\n"


def own_queues() -> str:
    """What `flask queue list` prints, four lines a queue; where that fails, what to type."""
    command = ("flask", "--app", "app", "queue", "list")
    with suppress(subprocess.SubprocessError):
        done = subprocess.run(
            command,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIST_SECONDS,
            check=True,
        )
        return done.stdout.strip()
    return QUEUES_UNKNOWN


def answers(settings: Settings) -> bool:
    try:
        with open_directly(f"{own_url(settings)}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def directions(settings: Settings, sign_in: str, queues: str) -> str:
    here = settings.public_url
    lines = [f"Take A Number is running at {here}", ""]
    if sign_in:
        lines += [f"  Queue page      {here}/q/DEMO", f"  Control page    {here}/control/DEMO"]
    if settings.carrier is CarrierName.PRETEND:
        lines.append(f"  Pretend phones  {here}/phones")
    lines += [f"  {line}" for line in (sign_in or f"Sign in         {here}/login").splitlines()] + [""]
    lines += [f"  {line}".rstrip() for line in queues.splitlines()[:MOST_LINES]] + [""] * bool(queues)
    if len(queues.splitlines()) > MOST_LINES:
        lines[-1:] = ["  All queues: .venv/bin/flask queue list", ""]
    where = "a pretend phone" if settings.carrier is CarrierName.PRETEND else "your own phone"
    if sign_in:
        lines.append("Next: text DEMO from a pretend phone, sign in at the control page and press Call next.")
    elif "/control/" in queues or queues == QUEUES_UNKNOWN:
        lines.append(
            f"Next: text a queue's keyword from {where}, sign in at its control page and press Call next."
        )
    else:
        lines.append("Next: make your business and a queue. See .venv/bin/flask setup --help")
    if settings.carrier is CarrierName.TWILIO:
        lines.append(f'In Twilio\'s console, set "A message comes in" to {here}/webhooks/sms (HTTP POST).')
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)

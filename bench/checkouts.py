"""An older commit of this repository, made runnable in a temporary folder, and shops that run a checkout."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from bench.servers import wait_for
from tests.acceptance.installation import PUBLIC_URL, ROOT, Installation, free_port, set_up
from tests.fake_carrier import FakeCarrier
from tests.postgres import fresh_postgres

PACKAGES = "requirements.txt"
BEFORE = "63ca6de"  # before the servicer's page was made quick and small, and pages were compressed


def checkout(commit: str, folder: Path) -> Path:
    """The files of that commit."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True)
    if archive.returncode:
        sys.exit(
            f"The commit {commit} is not in this repository: git fetch --unshallow, or name another one."
        )
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    return folder


def programs(root: Path, folder: Path) -> Path:
    """The folder of programs (`python`, `flask` …) with the packages that this checkout asks for.

    They are installed in `folder`, unless they are the ones that this process runs with.
    """
    if (root / PACKAGES).read_text() == (ROOT / PACKAGES).read_text():
        return Path(sys.executable).parent
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
    done = subprocess.run(
        [folder / "bin" / "python", *install, root / PACKAGES], capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"The packages of the older commit can't be installed: {done.stderr[-2000:]}")
    return folder / "bin"


def start_shop(
    stack: ExitStack,
    folder: Path,
    root: Path,
    *staff: str,
    database: str = "sqlite",
    packages: Path | None = None,
    **environ: str,
) -> Installation:
    """A shop with the open queue CET236 and these servicers; its web process answers."""
    port = free_port()
    carrier = FakeCarrier(public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{port}")
    stack.enter_context(carrier)
    given = {"LOG_LEVEL": "warning", **environ}
    if database == "postgres":
        given |= {
            "DATABASE_URL": stack.enter_context(fresh_postgres(durable=True)),
            "SECRET_KEY": "a secret key for the benchmark",
            "WEB_WORKERS": "2",
        }
    product = Installation(folder, carrier, port, root=root, **given)
    if packages is not None:
        product.environ["PATH"] = f"{packages}:{product.environ['PATH']}"
    set_up(product.command, carrier.number, *staff)
    stack.callback(product.stop)
    product.start("web")
    wait_for(f"{product.url}/healthz")
    return product

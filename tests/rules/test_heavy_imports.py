"""Web processes import nothing heavy, and nothing that talks to the carrier: only the clock does.

Neither imports Alembic: a start would take a fifth longer. They have the driver of Postgres, and what
SQLAlchemy knows of it, only where they use it. The launcher of `make run` keeps none of what it shared with
them.
"""

import json
import subprocess
import sys
from pathlib import Path

LOOK = """
import json, sys
{start}
print(json.dumps(sorted(name for name in {heavy} if name in sys.modules)))
"""
WEB = "import app, web.http.server; app.create_app()"
# Babel's table of all the world's territories and zones, 2 MB: only who chooses a time zone needs it.
WITHOUT_TERRITORIES = "import babel.core; assert babel.core._global_data is None"

POSTGRES = "sqlalchemy.dialects.postgresql"


def heavy_ones(folder: Path, start: str, *heavy: str) -> list[str]:
    """Those of `heavy` that a new process has imported after `start`."""
    looked = subprocess.run(
        [sys.executable, "-c", LOOK.format(start=start, heavy=heavy)],
        env={"DATA_DIR": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    found: list[str] = json.loads(looked.stdout.splitlines()[-1])
    return found


def test_a_web_process_imports_neither_the_chart_library_nor_the_carriers_client(tmp_path: Path) -> None:
    heavy = (
        "matplotlib",
        "numpy",
        "pandas",
        "PIL",
        "twilio.rest",
        "apscheduler",
        "alembic",
        "commands.setup",
        "xlsxwriter",
        "psycopg",  # on SQLite, as the next
        POSTGRES,
    )
    assert heavy_ones(tmp_path, f"{WEB}; {WITHOUT_TERRITORIES}", *heavy) == []


def test_a_clock_imports_no_web_framework_and_the_chart_library_only_when_it_draws(tmp_path: Path) -> None:
    heavy = (
        "matplotlib",
        "numpy",
        "PIL",
        "alembic",
        "flask",
        "werkzeug",
        "gevent",
        POSTGRES,
        "twilio",  # with pretend phones, as the next two
        "requests",
        "urllib3",
    )
    assert heavy_ones(tmp_path, "import jobs.__main__", *heavy) == []


def test_once_all_runs_the_launcher_keeps_nothing_of_what_it_shared(tmp_path: Path) -> None:
    heavy = ("sqlalchemy", "models", "bot", "config.settings", "ssl", "urllib.request")
    assert heavy_ones(tmp_path, "import commands.kept_running", *heavy) == []

"""Web processes import nothing heavy, and nothing that talks to the carrier: only the clock does."""

import json
import subprocess
import sys
from pathlib import Path

LOOK = """
import json, sys
import app, web.http.server
app.create_app()
heavy = ("matplotlib", "numpy", "pandas", "PIL", "twilio.rest", "apscheduler", "commands.setup")
print(json.dumps(sorted(name for name in heavy if name in sys.modules)))
"""


def test_a_web_process_imports_neither_the_chart_library_nor_the_carriers_client(tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": "."}
    looked = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert looked.returncode == 0, looked.stderr
    assert json.loads(looked.stdout.splitlines()[-1]) == []

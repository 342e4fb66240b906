"""The median of five runs for each page, and what is asked. The head of the package tells how to run it."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.pages.paint import Shop, with_a_line
from bench.servers.processes import shop

RUNS = 5
SECONDS_FOR_A_RUN = 180
LEAST = {"accessibility": 98, "best-practices": 98, "performance": 95}


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.lighthouse", description=__doc__)
    options.add_argument("--packages", type=Path, required=True, help="the node_modules with `lighthouse`")
    options.add_argument("--runs", type=int, default=RUNS, metavar="N")
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lighthouse-"))
    is_enough = True
    with shop(folder / "shop", "sqlite", staff=("Rosa",)) as product:
        filled = with_a_line(product)
        for page in filled.paths:
            reports = [_report(chosen.packages, folder, filled, page) for _ in range(chosen.runs)]
            for category, least in LEAST.items():
                scores = [_score(report, category) for report in reports]
                median = statistics.median(scores)
                is_enough &= median >= least
                print(f"{page:8} {category:15} {median:5.0f} ({min(scores)}-{max(scores)}), at least {least}")
            for title in sorted({title for report in reports for title in _complaints(report)}):
                print(f"         {title}")
    print(f"The reports: {folder}")
    sys.exit(not is_enough)


def _report(packages: Path, folder: Path, filled: Shop, page: str) -> dict[str, Any]:
    headers = folder / "headers.json"
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in filled.cookies)
    headers.write_text(json.dumps({"Cookie": cookies} if page == "control" else {}))
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    done = subprocess.run(
        [
            packages / ".bin" / "lighthouse",
            filled.product.url + filled.paths[page],
            f"--only-categories={','.join(LEAST)}",
            f"--extra-headers={headers}",
            "--chrome-flags=--headless=new --no-sandbox",
            "--output=json",
            "--quiet",
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        timeout=SECONDS_FOR_A_RUN,
    )
    if done.returncode:
        sys.exit(f"Lighthouse failed on the {page} page: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    (folder / f"{page}.json").write_text(done.stdout)
    return report


def _score(report: dict[str, Any], category: str) -> int:
    """0 to 100."""
    return round(100 * report["categories"][category]["score"])


def _complaints(report: dict[str, Any]) -> list[str]:
    """What lowers the scores of accessibility and best practice, by title."""
    counted = [
        reference["id"]
        for category in ("accessibility", "best-practices")
        for reference in report["categories"][category]["auditRefs"]
        if reference["weight"]
    ]
    audits = report["audits"]
    return [audits[name]["title"] for name in counted if audits[name]["score"] not in (None, 1)]


if __name__ == "__main__":
    main()

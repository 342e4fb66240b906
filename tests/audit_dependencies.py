"""`python -m tests.audit_dependencies`: whether a package that the product needs has a known hole.

Asks the advisory service through pip-audit. A hole fails the check; a service that can't be reached does
not, but is told in one line.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements.txt"
SECONDS = 120
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(REQUIREMENTS), "--require-hashes"),
    *("--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"),
)
NOT_AUDITED = "Dependencies: NOT audited, since the advisory service can't be reached from here."


def main() -> int:
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False)
        said = done.stdout
    except subprocess.TimeoutExpired:
        said = ""
    is_well, lines = judge(said)
    print(*lines, sep="\n")
    return 0 if is_well else 1


def judge(said: str) -> tuple[bool, list[str]]:
    """From what pip-audit wrote: whether all is well, and what to tell."""
    try:
        dependencies = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return True, [NOT_AUDITED]
    audited = [one for one in dependencies if "vulns" in one]
    holes = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {' or '.join(hole['fix_versions'])}"
        for one in audited
        for hole in one["vulns"]
    ]
    if holes:
        return False, holes
    if not audited:
        return True, [NOT_AUDITED]
    passed_over = len(dependencies) - len(audited)
    rest = f", {passed_over} unknown to the service" if passed_over else ""
    return True, [f"Dependencies: {len(audited)} audited, no known hole{rest}."]


if __name__ == "__main__":
    sys.exit(main())

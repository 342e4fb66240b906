"""`python -m tests.audit_dependencies`: whether a package that the product needs has a known hole.

Asks the advisory service through pip-audit. A hole fails the check, and so does an audit that breaks; a
service that can't be reached does not, but is told in one line.
"""

import json
import re
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
NONE_KNOWN = "Dependencies: NOT audited, since what answers here as the advisory service knows none of them."
BROKEN = "Dependencies: NOT audited, since the audit itself failed: "
# As pip-audit and what it asks with call it.
UNREACHED = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|ServiceError|Could not connect"
)


def main() -> int:
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False)
        said, complaint = done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        said, complaint = "", "ReadTimeout"
    is_well, lines = judge(said, complaint)
    print(*lines, sep="\n")
    return 0 if is_well else 1


def judge(said: str, complaint: str = "") -> tuple[bool, list[str]]:
    """From what pip-audit wrote, and what it complained of: whether all is well, and what to tell."""
    try:
        dependencies = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if UNREACHED.search(complaint):
            return True, [NOT_AUDITED]
        return False, [BROKEN + (complaint.strip().splitlines() or ["it said nothing"])[-1]]
    audited = [one for one in dependencies if "vulns" in one]
    holes = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {' or '.join(hole['fix_versions'])}"
        for one in audited
        for hole in one["vulns"]
    ]
    if holes:
        return False, holes
    if not audited:
        return True, [NONE_KNOWN]
    passed_over = len(dependencies) - len(audited)
    rest = f", {passed_over} unknown to the service" if passed_over else ""
    return True, [f"Dependencies: {len(audited)} audited, no known hole{rest}."]


if __name__ == "__main__":
    sys.exit(main())

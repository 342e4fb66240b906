"""The proof that no text is lost and none doubled, whatever the carrier does and whenever processes die.

    from tests.proof import Size, prove
    findings = prove(seed=7, database="sqlite", size=Size(guests=100), folder=tmp_path)
    assert findings.faults == []

Real processes of the Procfile, a carrier that misbehaves at 30 % of all calls, reports and lists, and
SIGKILL again and again, while guests text, are called, come when their phone says so, and are served.
Afterwards every phone must hold exactly what the guests did and the rows tell. Many seeds: make proof.
"""

from tests.proof.run import Findings, Size, prove

__all__ = ["Findings", "Size", "prove"]

"""Tests that no text is lost or sent twice, whatever the carrier does and whenever processes die.

    from tests.proof import Size, prove
    findings = prove(seed=7, database="sqlite", size=Size(guests=100), folder=tmp_path)
    assert findings.faults == []

Real processes of the Procfile, a carrier with faults in 30 % of all calls, reports and lists, and repeated
SIGKILL, while guests text, are called, say that they come or don't, are held or served. Afterwards every
phone must have exactly the texts that the guests' actions and our rows imply, and nobody was called twice.
Some guests of WhatsApp are out of its window: every other seed lets SMS take its place, and nothing may go
by it otherwise. Many: make proof.
"""

from tests.proof.run import Findings, Size, prove

__all__ = ["Findings", "Size", "prove"]

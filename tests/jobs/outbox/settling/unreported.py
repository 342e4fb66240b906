"""What has become of a text at the carrier, and when the carrier is asked for it."""

from jobs.outbox.unreported_texts import UnreportedTexts
from tests.jobs.scripted import Day, ScriptedCarrier
from tests.world import ANA, NOON


def has_become(carrier: ScriptedCarrier, status: str, code: int | None = None, sid: str = "SM1") -> None:
    carrier.has(ANA, "", NOON, sid=sid, status=status, error_code=code)


def look(clock: UnreportedTexts, day: Day, seconds: float) -> None:
    day.pass_(seconds)
    clock.run(day.now)


def asked_at(
    carrier: ScriptedCarrier, clock: UnreportedTexts, day: Day, *, minutes: int = 20, apart: int = 15
) -> list[float]:
    """Runs it for so many minutes, so many seconds apart; returns when, in seconds, the carrier was asked."""
    asked = []
    began = day.now
    for _ in range(minutes * 60 // apart):
        before = len(carrier.sids_asked)
        look(clock, day, apart)
        if len(carrier.sids_asked) > before:
            asked.append((day.now - began).total_seconds())
    return asked

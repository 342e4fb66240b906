"""`flask waits evaluate`: how good the estimated waits would have been on recorded history."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from commands.command_line.errors import PlainGroup, Refused
from commands.queues.which_queue import of_business, the_queue
from models.history.estimator_score import Score, evaluate
from models.history.file import LARGEST_FILE, read_history
from models.history.reading import export_records
from models.history.records import Record, inconsistency, without_clock_skew
from models.storage.database import reading

GUESS = 5.0  # minutes per customer, for a file: the guess of an owner who does not know yet

waits = PlainGroup("waits", help="How accurate the estimated waits are.")


@waits.command("evaluate")
@with_appcontext
@click.argument("past", metavar="KEYWORD|FILE.csv")
@of_business
@click.option("--minutes", type=click.FloatRange(0.1, 1440), help="Your own guess of minutes per customer.")
def evaluate_waits(past: str, business: str | None, minutes: float | None) -> None:
    """Print how good the waits would have been on a queue's past, or on a file of `flask history`.

    Everybody who had to wait gets a range, computed from what had happened before they joined. It prints the
    mean error, the bias (positive: told too much), how often the range held (four in five is right) and how
    wide it was, in minutes. The second row is the same for a plain average of service times.
    """
    is_file = past.lower().endswith(".csv") or Path(past).is_file()
    records, guess = _of_file(past) if is_file else _of_queue(past, business)
    records, _ = without_clock_skew(records)
    for record in records:
        if fault := inconsistency(record):
            raise Refused(f"{past}, {fault}")
    ours, plain = evaluate(records, minutes or guess)
    if not ours.count:
        raise Refused(f"{past}: nobody waited and was called, so there is nothing to compare.")
    click.echo(_table(len(records), ours, plain))


def _of_file(name: str) -> tuple[Sequence[Record], float]:
    try:
        with Path(name).open("rb") as file:
            records, faults = read_history(file.read(LARGEST_FILE + 1))
    except OSError as problem:
        raise Refused(f"{name} can't be read: {problem.strerror}.") from None
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise Refused(f"{name}, {faults[0]}{more}")
    return records, GUESS


def _of_queue(keyword: str, business: str | None) -> tuple[Sequence[Record], float]:
    with reading() as session:
        queue = the_queue(session, keyword, business)
        records = list(export_records(session, queue, None, None))
        return _numbered(records, queue.business.zone), queue.minutes_per_customer


def _numbered(records: Sequence[Record], zone: ZoneInfo) -> list[Record]:
    """As if read from a file: with line numbers, and in the business's time zone."""
    moments = ("joined_at", "called_at", "started_at", "ended_at")
    numbered = []
    for line, record in enumerate(records, start=1):
        local = {name: at and at.astimezone(zone) for name in moments for at in [getattr(record, name)]}
        fields = {name: getattr(record, name) for name in ("number", "outcome", "servicer", "party")}
        numbered.append(Record(**local, **fields, line=line))
    return numbered


def _table(tickets: int, ours: Score, plain: Score) -> str:
    heads = f"{'':16}{'mean error':>11}{'bias':>8}{'range held':>12}{'width':>8}"
    rows = [
        f"{name:16}{score.error:>11.1f}{score.bias:>+8.1f}{score.share_held:>11.0%} {score.width:>8.1f}"
        for name, score in (("these waits", ours), ("plain average", plain))
    ]
    told = f"{tickets} tickets; {ours.count} waited and were called. In minutes:"
    return "\n".join([told, "", heads, *rows])

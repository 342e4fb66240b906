"""How fast the outbox empties at the carrier's allowed rate: a message to everyone in a long line."""

import tempfile
import time
from pathlib import Path

from bench.joins import joins
from bench.servers.load import send_all
from bench.servers.processes import KEYWORD, shop
from bench.tables import Table, spread
from tests.acceptance.installation import Browser, Installation, comes_true

WAITING = 150
TEXTS_PER_SECOND = 25
COLUMNS = ("", "texts", "allowed/s", "sent/s", "of the allowed rate", "fastest second", "doubled")


def measure(database: str, rounds: int) -> Table:
    table = Table(f"Outbox, {database}, {rounds} rounds", COLUMNS).begin()
    with (
        tempfile.TemporaryDirectory() as folder,
        shop(
            Path(folder, "shop"),
            database,
            processes=("web", "clock"),
            staff=("Rosa",),
            TEXTS_PER_SECOND=str(TEXTS_PER_SECOND),
        ) as product,
    ):
        rosa = Browser(product).sign_in("Rosa")
        send_all(product.port, joins(product, WAITING), 12)
        sent = [one_round(product, rosa, f"Round {number} of coffee is ready") for number in range(rounds)]
    rates = [rate for rate, _, _ in sent]
    table.add(
        "a message to everyone",
        str(WAITING),
        str(TEXTS_PER_SECOND),
        spread(rates, "{:.1f}"),
        spread([rate / TEXTS_PER_SECOND for rate in rates]),
        str(max(fastest for _, fastest, _ in sent)),
        str(sum(doubled for _, _, doubled in sent)),
    )
    return table


def one_round(product: Installation, rosa: Browser, note: str) -> tuple[float, int, int]:
    """(texts per second, most in any one second, duplicates)"""
    rosa.open(f"/control/{KEYWORD}/message")
    rosa.press("Send message", note=note)

    def texts() -> list[float]:
        return [call.at for call in product.carrier.calls if note in call.body]

    comes_true(lambda: len(texts()) >= WAITING, WAITING / TEXTS_PER_SECOND * 5 + 20)
    time.sleep(1)  # a duplicate would come now
    at = sorted(texts())
    fastest = max(sum(begun <= other < begun + 1 for other in at) for begun in at)
    return (len(at) - 1) / (at[-1] - at[0]), fastest, len(at) - WAITING

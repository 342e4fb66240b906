"""Durable joins per second: a signed text in, its answer out, next to a route that does nothing."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import texts
from bench.servers.load import Load, send_all
from bench.servers.processes import KEYWORD, bare_route, cpu_seconds, shop, stand_in
from bench.tables import Table, percentile, spread
from tests.acceptance.installation import PUBLIC_URL, Installation

COLUMNS = ("", "requests/s", "p50 ms", "p99 ms", "CPU ms", "ratio to bare", "CPU ratio", "errors")
CLIENTS = (12, 100)
REQUESTS = 1_200
OUR_BACKLOG = 2048  # as in web/http/server.py
SLOW_REQUESTS = 300  # for servers with a few dozen answers per second


@dataclass
class Rounds:
    """Several rounds of one server."""

    loads: list[Load] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # milliseconds per request

    def cells(self, beside: "Rounds") -> list[str]:
        rates = [load.per_second for load in self.loads]
        return [
            spread(rates, "{:.0f}"),
            spread([percentile(load.took, 50) for load in self.loads], "{:.0f}"),
            spread([percentile(load.took, 99) for load in self.loads], "{:.0f}"),
            spread(self.cpu),
            spread([mine / bare.per_second for mine, bare in zip(rates, beside.loads, strict=True)]),
            spread([mine / bare for mine, bare in zip(self.cpu, beside.cpu, strict=True)]),
            str(sum(load.errors for load in self.loads)),
        ]


def measure(database: str, rounds: int) -> Table:
    workers = 2 if database == "postgres" else 1
    processes = f"{workers} web process{'es' if workers > 1 else ''}"
    table = Table(f"Joins, {database}, {processes}, {rounds} interleaved rounds", COLUMNS).begin()
    with (
        tempfile.TemporaryDirectory() as folder,
        shop(Path(folder, "shop"), database, workers=workers) as product,
        bare_route(Path(folder, "bare"), workers) as bare,
        stand_in(Path(folder, "stand-in"), OUR_BACKLOG) as old,
        stand_in(Path(folder, "as delivered")) as as_delivered,
    ):
        servers = {
            "bare route": bare,
            "durable join": (product.port, product.processes["web"].pid),
            "first system's design": old,
            "the same, its server as delivered": as_delivered,
        }
        for server in servers.values():  # warm-up
            send_all(server[0], joins(product, 50), 12)
        for clients in CLIENTS:
            found = {name: Rounds() for name in servers}
            for _ in range(rounds):
                for name, server in servers.items():
                    many = SLOW_REQUESTS if server in (old, as_delivered) else REQUESTS
                    run(found[name], server, joins(product, many), clients)
            for name, server_rounds in found.items():
                table.add(f"{clients} clients: {name}", *server_rounds.cells(found["bare route"]))
    return table


def joins(product: Installation, many: int, keyword: str = KEYWORD) -> list[bytes]:
    return texts.joins(many, keyword=keyword, **addressed(product))


def addressed(product: Installation) -> dict[str, str]:
    """To whom texts to this installation go, and who signs them."""
    carrier = product.carrier
    return {
        "public_url": PUBLIC_URL,
        "token": carrier.auth_token,
        "account": carrier.account_sid,
        "to": carrier.number,
    }


def run(
    rounds: Rounds,
    server: tuple[int, int],
    requests: list[bytes],
    clients: int,
    send: Callable[..., Load] = send_all,
) -> None:
    port, pid = server
    before = cpu_seconds(pid)
    load = send(port, requests, clients)
    rounds.loads.append(load)
    rounds.cpu.append((cpu_seconds(pid) - before) / len(requests) * 1000)

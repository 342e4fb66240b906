"""What `bench compare` measures of starts, and of the memory that is in use then and after many tickets."""

import time

from bench.compared import SETTLED_SECONDS, Shop
from bench.joins import addressed
from bench.servers.load import send_all
from bench.servers.processes import KEYWORD, cpu_seconds, kilobytes, wait_for
from bench.texts import made, new_phones

AT_REST_SECONDS = 3.0
FEW_TICKETS, MANY_TICKETS = 500, 4_500
TICKETS_AT_ONCE = 250
EACH_JOB_SECONDS = 65.0  # the rarest of a day's jobs runs once a minute


def start(shop: Shop) -> dict[str, float]:
    """Of the web process and the clock, as `make run` starts them."""
    product = shop.product
    product.stop()
    began = time.perf_counter()
    product.start("web")
    wait_for(f"{product.url}/healthz")
    took = time.perf_counter() - began
    product.start("clock")
    product.wait_until_ready()
    time.sleep(AT_REST_SECONDS)
    memory = sum(kilobytes(process.pid) for process in product.processes.values()) / 1024
    shop.stop_clock()
    return {"first answer after s": took, "memory of web and clock, MB": memory}


def start_by_make(shop: Shop) -> dict[str, float]:
    """Of all that `make run` runs: its launcher, the migrations, the web process and the clock."""
    product = shop.product
    product.stop()
    product.procfile["run"] = "python -m commands.run"
    began = time.perf_counter()
    product.start("run")
    wait_for(f"{product.url}/healthz")
    took, spent = time.perf_counter() - began, cpu_seconds(product.processes["run"].pid)
    product.wait_until_ready()
    time.sleep(SETTLED_SECONDS)
    memory = kilobytes(product.processes["run"].pid) / 1024
    product.stop()
    product.start("web")
    wait_for(f"{product.url}/healthz")
    return {"make run, answers after s": took, "its CPU until then, s": spent, "its memory, MB": memory}


def memory_of_the_clock(shop: Shop) -> dict[str, float]:
    """While people join and leave: after some, when all jobs have had something to do, and after many."""
    shop.start_clock()
    clock, found, joined = shop.product.processes["clock"].pid, {}, 0
    for tickets in (FEW_TICKETS, MANY_TICKETS):
        while joined < tickets:
            _join_and_leave(shop)
            joined += TICKETS_AT_ONCE
        time.sleep(EACH_JOB_SECONDS)
        found[f"memory of the clock after {tickets:,} tickets, MB"] = kilobytes(clock) / 1024
    shop.stop_clock()
    return found


def _join_and_leave(shop: Shop) -> None:
    phones = new_phones(TICKETS_AT_ONCE)
    for body in (KEYWORD, "LEAVE"):
        load = send_all(shop.product.port, made(body, phones, **addressed(shop.product)), 12)
        assert not load.errors

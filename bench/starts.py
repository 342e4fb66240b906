"""What `bench compare` measures of starts: of web process and clock, and of all that `make run` runs."""

import time

from bench.compared import SETTLED_SECONDS, Shop
from bench.servers.processes import cpu_seconds, kilobytes, wait_for

AT_REST_SECONDS = 3.0


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

"""A board on a wall: what it shows, and how much memory its page takes."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error, Page

from models.queueing.tables.queues import Queue

SHOWN = """() => ({
    calls: [...document.querySelectorAll("[data-part=now] [data-label]")].map((one) =>
        [one.dataset.label, one.querySelector(".serving-desk")?.textContent ?? "", Number(one.dataset.call)]),
    waiting: [...document.querySelectorAll(".board-count, .board-queue-wait > p:first-child")].map((one) =>
        parseInt(one.textContent)),
    caption: document.querySelector(".board-caption span")?.textContent ?? "",
    lost: document.getElementById("connection").textContent !== "",
})"""

Facts = tuple[list[tuple[str, str, int]], list[int]]


@dataclass
class Wall:
    """A board on a wall, the queues that it shows, and what it should have said."""

    name: str
    page: Page
    queues: list[Queue]
    loads: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("load", lambda _: setattr(self, "loads", self.loads + 1))
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.name}: {error}"))


@dataclass
class Memory:
    """After garbage collection."""

    heap: int  # bytes
    nodes: int
    listeners: int

    def __str__(self) -> str:
        return f"{self.heap / 1e6:.2f} MB, {self.nodes} nodes, {self.listeners} listeners"


def shown(wall: Wall) -> dict[str, Any]:
    for _ in range(50):
        with suppress(Error):  # while it reloads
            return wall.page.evaluate(SHOWN)
        time.sleep(0.1)
    return {"calls": [], "waiting": [], "caption": "", "lost": False}


def facts(wall: Wall) -> Facts | None:
    found = shown(wall)
    if found["lost"]:
        return None
    return sorted((label, desk, call) for label, desk, call in found["calls"]), found["waiting"]


def memory(page: Page) -> Memory:
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    tools.send("Performance.enable")
    found = {each["name"]: int(each["value"]) for each in tools.send("Performance.getMetrics")["metrics"]}
    tools.detach()
    return Memory(found["JSHeapUsedSize"], found["Nodes"], found["JSEventListeners"])

"""Many clients at once, each with a new connection for every request, as a carrier's webhooks come in."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

TIMEOUT_SECONDS = 20  # a request without an answer by then counts as an error


@dataclass(frozen=True)
class Load:
    """The result of a round of requests."""

    per_second: float
    took: list[float]  # seconds per request
    errors: int


def send_all(port: int, requests: Sequence[bytes], clients: int) -> Load:
    """Send every request once, so many at the same time."""
    return asyncio.run(send_together(port, iter(requests), clients))


async def send_together(port: int, requests: Iterator[bytes], clients: int) -> Load:
    took: list[float] = []
    errors = 0

    async def client() -> None:
        nonlocal errors
        for request in requests:
            began = time.perf_counter()
            if not await _is_answered(port, request):
                errors += 1
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(len(took) / (time.perf_counter() - began), took, errors)


@contextmanager
def without_pauses() -> Iterator[None]:
    """Collects no garbage in this process meanwhile: 30 ms of it would count as the server's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _is_answered(port: int, request: bytes) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ", b"HTTP/1.1 204 "))

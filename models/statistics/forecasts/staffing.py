"""How many servicers keep nine in ten waits under a limit, hour by hour, where so many come: by simulation.

Pure, and the same for the same figures. People come one by one at random, are served in their order, and take
a random time about the mean (exponentially distributed, which is on the safe side). docs/tomorrow.md says
more.
"""

from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from random import Random

SHARE = 0.9  # of the waits
RUNS = 80  # simulated days
MOST = 30  # servicers
AN_HOUR = 60.0  # minutes
MOST_IN_AN_HOUR = 1_000
SEED = 1  # any will do, as long as it stays the same


def servicers_needed(by_hour: Mapping[int, float], *, service: float, limit: float) -> dict[int, int]:
    """By hour, the fewest with whom nine in ten of those who join in it wait at most `limit` minutes.

    `by_hour`: how many are expected; `service`: the mean minutes of one. An hour starts with whoever the one
    before has left over, and on nine days in ten it leaves no longer wait than that to the next.
    """
    random = Random(SEED)
    days: list[list[float]] = [[] for _ in range(RUNS)]  # when each servicer is free again
    needed: dict[int, int] = {}
    for hour in range(min(by_hour), max(by_hour) + 1) if by_hour else ():
        people = [_people(random, hour, by_hour.get(hour, 0.0), service) for _ in range(RUNS)]
        for servicers in range(_fewest(by_hour.get(hour, 0.0), service), MOST + 1):
            served = [
                _serve(free, came, servicers, hour, limit) for free, came in zip(days, people, strict=True)
            ]
            in_time, all_of_them = sum(each[1] for each in served), sum(map(len, people))
            through = sum(min(free) - (hour + 1) * AN_HOUR <= limit for free, _ in served)
            if (in_time >= SHARE * all_of_them and through >= SHARE * RUNS) or servicers == MOST:
                break
        needed[hour] = servicers
        days = [each[0] for each in served]
    return needed


def _fewest(expected: float, service: float) -> int:
    """With fewer the line grows all the time; a little is allowed for an hour that ends in time."""
    return max(1, min(MOST, int(0.7 * expected * service / AN_HOUR)))


def _people(random: Random, hour: int, expected: float, service: float) -> list[tuple[float, float]]:
    """When each joins and how long they take, in minutes, in order of time."""
    rate = min(expected, MOST_IN_AN_HOUR) / AN_HOUR
    found: list[tuple[float, float]] = []
    at = hour * AN_HOUR
    for _ in range(2 * MOST_IN_AN_HOUR if rate > 0 else 0):
        at += random.expovariate(rate)
        if at >= (hour + 1) * AN_HOUR:
            break
        found.append((at, random.expovariate(1 / service)))
    return found


def _serve(
    free: list[float], people: list[tuple[float, float]], servicers: int, hour: int, limit: float
) -> tuple[list[float], int]:
    """When the servicers are free after this hour, and how many were called in time.

    Of too many, those leave who are free first.
    """
    begins = hour * AN_HOUR
    at_work = sorted(free, reverse=True)[:servicers] + [begins] * max(0, servicers - len(free))
    heapify(at_work)
    in_time = 0
    for joined, takes in people:
        called = max(joined, heappop(at_work))
        in_time += called - joined <= limit
        heappush(at_work, called + takes)
    return at_work, in_time

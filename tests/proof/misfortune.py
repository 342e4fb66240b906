"""Kills the processes repeatedly at random moments, and starts them again after a while."""

import random
import threading
from collections import Counter

from tests.acceptance.installation import Installation

BETWEEN_KILLS = (1.0, 3.5)
DEAD_FOR = (0.0, 0.5)
# Long enough for them to run on a slow machine too; but some are killed while they start.
DIES_STARTING = 0.3


class Misfortune(threading.Thread):
    def __init__(self, shop: Installation, victims: list[str], chance: random.Random, most: int) -> None:
        super().__init__(name="misfortune", daemon=True)
        self.kills: Counter[str] = Counter()
        self._shop, self._victims, self._chance, self._most = shop, victims, chance, most
        self._over = threading.Event()

    def run(self) -> None:
        for _ in range(self._most):
            if self._over.wait(self._chance.uniform(*BETWEEN_KILLS)):
                return
            victim = self._chance.choice(self._victims)
            self._shop.kill(victim)
            self.kills[victim.partition("-")[0]] += 1
            self._over.wait(self._chance.uniform(*DEAD_FOR))
            self._shop.start(victim, victim.partition("-")[0])
            if self._chance.random() >= DIES_STARTING:
                self._shop.wait_until_ready()

    def stop(self) -> None:
        """No more kills; all processes run again when this returns."""
        self._over.set()
        self.join()

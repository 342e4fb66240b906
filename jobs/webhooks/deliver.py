"""Notes what there is to tell, and sends what is due: a few threads for each endpoint, some for all.

A clock may die at any moment: what it was sending is sent again by whoever finds its claim.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import structlog

from jobs.clock_id import is_gone, name_of_this_clock
from jobs.watchdog import progressed
from jobs.webhooks.post import post
from models.storage.database import reading, transaction
from models.storage.request_id import new_request_id, under_request
from models.webhooks.endpoints import endpoints_on
from models.webhooks.feed import note_news, queues_with_news
from models.webhooks.sending import (
    Claim,
    Outcome,
    claim_next,
    clocks_sending,
    endpoints_with_due,
    release_lapsed,
    settle,
)

log = structlog.get_logger(__name__)

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=3)
THREADS = 16
THREADS_OF_ONE = 4
IN_A_ROW = 50  # by one thread; the job runs again in a second
NOTED_IN_A_ROW = 20
SETTLE_PAUSES = (0.5, 2.0, 8.0)

Post = Callable[[Claim, datetime], Outcome]


def moment() -> datetime:
    return datetime.now(UTC)


def pause_after(failures: int, first: timedelta = FIRST_PAUSE) -> timedelta:
    """Doubled each time, and a quarter more or less, so that not all come back at once."""
    pause = min(LONGEST_PAUSE, first * 2 ** min(max(failures - 1, 0), 20))
    return pause * random.uniform(0.75, 1.25)


class Webhooks:
    def __init__(
        self,
        allowed_hosts: Collection[str] = (),
        *,
        send: Post | None = None,
        now: Callable[[], datetime] = moment,
        pause: Callable[[int], timedelta] = pause_after,
        clock: str | None = None,
    ) -> None:
        self._send = send or (lambda claim, now: post(claim, now, allowed=allowed_hosts))
        self._now = now
        self._pause = pause
        self._clock = clock or name_of_this_clock()
        self._slots = threading.BoundedSemaphore(THREADS)
        self._at_work: Counter[int] = Counter()
        self._lock = threading.Lock()

    def sweep(self, now: datetime) -> None:
        """Starts the threads and does not wait for them. One statement where no endpoint is on."""
        if not self.note():
            return
        self._release(now)
        with reading() as session:
            due = endpoints_with_due(session, now)
        for endpoint_id, fails in due:
            threads = 1 if fails else THREADS_OF_ONE
            for _ in range(threads):
                self._begin(endpoint_id, threads)

    def note(self) -> bool:
        """What has happened, for every endpoint that is on; False if none is."""
        with reading() as session:
            news = [(each.id, queues_with_news(session, each)) for each in endpoints_on(session)]
        for endpoint_id, queue_ids in news:
            for queue_id in queue_ids:
                self._note_all(endpoint_id, queue_id)
        return bool(news)

    def send_due(self, endpoint_id: int, most: int = IN_A_ROW) -> int:
        """In this thread, one after another; gives how many were tried."""
        for done in range(most):
            claim = transaction(
                lambda session: claim_next(session, endpoint_id, self._now(), clock=self._clock)
            )
            if claim is None:
                return done
            self._settle(claim, self._post(claim))
        return most

    def wait_until_idle(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._lock:
                if not self._at_work:
                    return True
            time.sleep(0.01)
        return False

    def _note_all(self, endpoint_id: int, queue_id: int) -> None:
        for _ in range(NOTED_IN_A_ROW):
            progressed()
            if not transaction(lambda session: note_news(session, endpoint_id, queue_id, self._now())):
                return

    def _release(self, now: datetime) -> None:
        with reading() as session:
            sending = clocks_sending(session)
        if not sending:
            return
        gone = [clock for clock in sending if is_gone(clock)]
        lapsed = transaction(lambda session: release_lapsed(session, now, gone))
        if lapsed:
            log.warning("webhooks are sent again", count=lapsed)

    def _begin(self, endpoint_id: int, threads: int) -> None:
        with self._lock:
            if self._at_work[endpoint_id] >= threads or not self._slots.acquire(blocking=False):
                return
            self._at_work[endpoint_id] += 1
        threading.Thread(target=self._work, args=(endpoint_id,), name="webhook", daemon=True).start()

    def _work(self, endpoint_id: int) -> None:
        try:
            with under_request(new_request_id("webhook")):
                self.send_due(endpoint_id)
        except Exception:
            log.exception("webhooks failed", endpoint=endpoint_id)
        finally:
            with self._lock:
                self._at_work[endpoint_id] -= 1
                self._at_work += Counter()  # forgets who has none
            self._slots.release()

    def _post(self, claim: Claim) -> Outcome:
        started = time.monotonic()
        outcome = self._send(claim, self._now())
        log.info(
            "webhook",
            endpoint=claim.endpoint_id,
            delivery=claim.delivery_id,
            kind=claim.kind,
            attempt=claim.attempt,
            status=outcome.status,
            problem=outcome.problem.value if outcome.problem else None,
            seconds=round(time.monotonic() - started, 2),
        )
        return outcome

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        """Tried again while the database is away; what is not recorded is sent a second time."""
        for pause in (*SETTLE_PAUSES, None):
            try:
                transaction(lambda session: settle(session, claim, outcome, self._now(), self._pause))
                return
            except Exception as fault:
                if pause is None:
                    raise
                log.warning("outcome not kept yet", delivery=claim.delivery_id, error=type(fault).__name__)
                time.sleep(pause)

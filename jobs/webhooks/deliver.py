"""Notes what there is to tell, and sends what is due: a few threads for each business, some for all.

A clock may die at any moment: what it was sending is sent again by whoever finds its claim.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import structlog

from jobs.clock_id import is_gone, name_of_this_clock
from jobs.outcomes import keep_outcome
from jobs.utc_now import utc_now
from jobs.watchdog import progressed
from jobs.webhooks.post import post
from models.storage.database import reading, transaction
from models.storage.request_id import new_request_id, under_request
from models.webhooks.endpoints import endpoints_on
from models.webhooks.feed import note_news, queues_with_news
from models.webhooks.sending import (
    Claim,
    Due,
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
THREADS_OF_BUSINESS = 4
IN_A_ROW = 50  # by one thread; the job runs again in a second
SECONDS_IN_A_ROW = 15.0  # then another endpoint has its turn; the message under way is sent to its end
NOTED_IN_A_ROW = 20
SETTLE_PAUSES = (0.5, 2.0, 8.0)  # within the lease of a claim

Post = Callable[[Claim, datetime], Outcome]


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
        now: Callable[[], datetime] = utc_now,
        pause: Callable[[int], timedelta] = pause_after,
        clock: str | None = None,
    ) -> None:
        self._send = send or (lambda claim, now: post(claim, now, allowed=allowed_hosts))
        self._now = now
        self._pause = pause
        self._clock = clock or name_of_this_clock()
        self._slots = threading.BoundedSemaphore(THREADS)
        self._at_work: Counter[int] = Counter()  # threads, by endpoint
        self._of_business: Counter[int] = Counter()
        self._begun_last = 0  # the endpoint for which a thread was begun last
        self._lock = threading.Lock()

    def run(self, now: datetime) -> None:
        """Starts the threads and does not wait for them. One statement where no endpoint is on."""
        if not self.note():
            return
        self._release(now)
        with reading() as session:
            due = endpoints_with_due(session, now)
        self._begin_all(due)

    def note(self) -> bool:
        """What has happened, for every endpoint that is on; False if none is."""
        with reading() as session:
            news = [(each.id, queues_with_news(session, each)) for each in endpoints_on(session)]
        for endpoint_id, queue_ids in news:
            for queue_id in queue_ids:
                self._note_all(endpoint_id, queue_id)
        return bool(news)

    def send_due(self, endpoint_id: int, most: int = IN_A_ROW, seconds: float = SECONDS_IN_A_ROW) -> int:
        """In this thread, one after another, at least one; gives how many were tried."""
        ends_at = time.monotonic() + seconds
        for done in range(most):
            if done and time.monotonic() >= ends_at:
                return done
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

    def _begin_all(self, due: Sequence[Due]) -> None:
        """One thread for each, beginning after the last that had one; then a second for each, and so on."""
        after = [each for each in due if each.endpoint_id > self._begun_last]
        in_turn = [*after, *due[: len(due) - len(after)]]
        for threads in range(1, THREADS_OF_BUSINESS + 1):
            for each in in_turn:
                if threads == 1 or not each.fails:
                    self._begin(each, threads)

    def _begin(self, due: Due, threads: int) -> None:
        with self._lock:
            is_busy = self._at_work[due.endpoint_id] >= threads
            is_busy = is_busy or self._of_business[due.business_id] >= THREADS_OF_BUSINESS
            if is_busy or not self._slots.acquire(blocking=False):
                return
            self._at_work[due.endpoint_id] += 1
            self._of_business[due.business_id] += 1
        self._begun_last = due.endpoint_id
        threading.Thread(target=self._work, args=(due,), name="webhook", daemon=True).start()

    def _work(self, due: Due) -> None:
        try:
            with under_request(new_request_id("webhook")):
                self.send_due(due.endpoint_id)
        except Exception:
            log.exception("webhooks failed", endpoint=due.endpoint_id)
        finally:
            with self._lock:
                self._at_work[due.endpoint_id] -= 1
                self._of_business[due.business_id] -= 1
                self._at_work += Counter()  # forgets who has none
                self._of_business += Counter()
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
        """What can't be recorded is sent a second time."""
        keep_outcome(
            lambda session: settle(session, claim, outcome, self._now(), self._pause),
            SETTLE_PAUSES,
            delivery=claim.delivery_id,
        )

"""The estimates on days that go wrong, and on the very first day."""

import random
from collections.abc import Iterable

import pytest

from models.waiting.estimator import WaitEstimator, WaitState

HOUR, DAY = 60.0, 1440.0


class Shop:
    """A simulated counter: somebody is called whenever a servicer is done, while people wait."""

    def __init__(self, servicers: Iterable[str], minutes: tuple[float, float], hint: float = 5.0) -> None:
        self.queue = WaitEstimator(hint)
        self.servicers, self.minutes = list(servicers), minutes
        self.line: list[int] = []
        self.serving: dict[str, int] = {}
        self.free_at: dict[str, float] = {}
        self.random = random.Random(7)
        self.joined = 0
        self.t = 0.0

    def open(self, day: int, hour: float = 9.0, waiting: int = 15) -> None:
        self.t = day * DAY + hour * HOUR
        for servicer in self.servicers:
            self.queue.servicer_on(self.t, servicer)
            self.free_at[servicer] = self.t
        self.join(waiting)

    def join(self, people: int) -> None:
        for _ in range(people):
            self.joined += 1
            self.line.append(self.joined)
            self.queue.joined(self.t, self.joined)

    def work_until(self, t: float, slower: float = 1.0, refill: bool = True) -> None:
        """A new person joins at every call, so that the line keeps its length."""
        while min(self.free_at.values()) < t:
            servicer = min(self.free_at, key=lambda name: self.free_at[name])
            self.t = max(self.t, self.free_at[servicer])
            self.end(servicer)
            self.queue.called(self.t, ticket := self.line.pop(0), servicer)
            self.serving[servicer] = ticket
            self.free_at[servicer] = self.t + self.random.uniform(*self.minutes) * slower
            if refill:
                self.join(1)
        self.t = max(self.t, t)

    def end(self, servicer: str) -> None:
        if servicer in self.serving:
            self.queue.finished(self.t, self.serving.pop(servicer), servicer)

    def go_away(self) -> None:
        for servicer in self.servicers:
            self.end(servicer)
            self.queue.servicer_off(self.t, servicer)

    def close(self) -> None:
        self.go_away()
        for ticket in self.line:
            self.queue.left(self.t, ticket)
        self.line.clear()

    def told(self, ahead: int, at: float | None = None) -> tuple[float, float, float]:
        return self.queue.curve(self.t if at is None else at, ahead + 1)[ahead]


def test_on_the_first_day_the_owners_guess_is_told_until_the_counter_shows_better():
    shop = Shop(["Rosa"], (4, 6), hint=10.0)
    shop.open(0)
    expected, low, high = shop.told(5)
    assert 40 < expected < 70  # six services of ten minutes
    assert low < 40 < 60 < high
    shop.work_until(12 * HOUR)
    assert 22 < shop.told(5)[0] < 42  # they take five


def test_a_quiet_shop_learns_from_services_nobody_waited_behind():
    queue = WaitEstimator(hint_minutes=20)
    queue.servicer_on(0, "Rosa")
    before = queue.curve(1, 6)[5][0]
    for ticket in range(10):
        queue.joined(600 + ticket * 10, ticket)
        queue.called(600 + ticket * 10, ticket, "Rosa")
        queue.finished(605 + ticket * 10, ticket, "Rosa")
    assert queue.curve(700, 6)[5][0] < before / 2


def test_a_line_that_nobody_calls_is_told_as_stalled_not_as_minutes():
    shop = Shop(["Rosa"], (4, 6))
    shop.open(0)
    shop.work_until(10 * HOUR)
    shop.end("Rosa")  # and then she talks to somebody
    before = shop.told(3)
    assert shop.queue.state(shop.t + 5) == WaitState.OK
    assert shop.told(3, shop.t + 5)[0] > before[0]
    assert shop.queue.state(shop.t + 20) == WaitState.STALLED
    shop.work_until(shop.t + 30)
    assert shop.queue.state(shop.t) == WaitState.OK


def test_a_service_that_nobody_ended_stalls_the_line_too():
    shop = Shop(["Rosa"], (4, 6))
    shop.open(0)
    shop.work_until(10 * HOUR)
    assert shop.queue.state(shop.t + 60) == WaitState.STALLED


def test_a_servicer_who_forgets_to_sign_off_is_soon_counted_out():
    shop = Shop(["Rosa", "Luis"], (4, 6))
    shop.open(0)
    shop.work_until(10 * HOUR)
    both = shop.told(5)[0]
    shop.t = shop.free_at["Luis"]
    shop.end("Luis")
    shop.free_at["Luis"] = 2 * DAY  # he has gone home, and is signed in still
    shop.work_until(shop.t + 15)
    alone = shop.told(5)[0]
    assert alone > 1.25 * both
    shop.work_until(shop.t + 60)
    assert shop.told(5)[0] > 1.25 * both
    assert shop.queue.state(shop.t) == WaitState.OK  # Rosa calls


def test_a_closed_lunch_hour_is_told_from_the_third_day():
    shop = Shop(["Rosa"], (4, 6))
    for day in range(4):
        shop.open(day)
        shop.work_until(day * DAY + 11.5 * HOUR)
        before_lunch, after_lunch = shop.told(2), shop.told(10)
        shop.work_until(day * DAY + 12 * HOUR)
        shop.go_away()
        shop.open(day, 13.0, waiting=0)
        shop.work_until(day * DAY + 17 * HOUR)
        shop.close()
    assert before_lunch[2] < 30
    assert 75 < after_lunch[0] < 130  # thirty minutes of calls, an hour of lunch, then the rest
    assert after_lunch[1] > 60


def test_with_nobody_on_duty_it_is_told_that_nobody_serves():
    shop = Shop(["Rosa"], (4, 6))
    shop.open(0)
    shop.work_until(10 * HOUR)
    shop.go_away()
    assert shop.queue.state(shop.t) == WaitState.UNSTAFFED
    assert 0 < shop.told(3)[0] < 120  # a number all the same, for who asks


def test_a_day_with_far_more_customers_than_ever_is_told_about_right():
    shop = Shop(["Rosa", "Luis"], (3, 8))
    for day in range(6):
        shop.open(day, waiting=4)
        shop.work_until(day * DAY + 12 * HOUR)
        shop.close()
    shop.open(6, waiting=0)
    told = {}
    for _ in range(60):
        shop.join(1)
        told[shop.joined] = shop.queue.estimate(shop.joined, shop.t)
    began = shop.t
    held = 0
    while shop.line:
        ticket = shop.line[0]
        shop.work_until(min(shop.free_at.values()) + 0.001, refill=False)
        waited = shop.t - began
        held += 0.75 * waited - 5 <= told[ticket][0] <= 1.25 * waited + 5
    assert held > 50  # of sixty, where four ahead was the most ever seen


@pytest.mark.parametrize(("servicers", "days", "calls"), [(["Rosa"], 6, 8), (["Rosa", "Luis", "Eva"], 3, 18)])
def test_a_pace_that_halves_at_noon_is_told_after_a_few_calls(servicers: list[str], days: int, calls: int):
    shop = Shop(servicers, (3, 7))
    for day in range(days):
        shop.open(day)
        shop.work_until(day * DAY + 12 * HOUR)
        before = shop.told(10)
        if day < days - 1:
            shop.close()
    shop.work_until(shop.t + calls * 10 / len(servicers), slower=2.0)
    expected, _, high = shop.told(10)
    assert expected > 1.5 * before[0]
    assert high > 1.75 * before[0]


def test_one_very_long_service_is_no_change_of_pace():
    shop = Shop(["Rosa", "Luis"], (3, 7))
    for day in range(3):
        shop.open(day)
        shop.work_until(day * DAY + 12 * HOUR)
        before = shop.told(10)[0]
        if day < 2:
            shop.close()
    shop.free_at["Rosa"] += 15
    shop.work_until(shop.t + 40)
    assert shop.told(10)[0] < 1.3 * before


def test_an_hour_that_the_clocks_skip_moves_the_usual_day_with_them():
    usual, skipped = (Shop(["Rosa"], (4, 6)) for _ in range(2))
    for shop in (usual, skipped):
        for day in range(4):
            shop.open(day)
            shop.work_until(day * DAY + 12 * HOUR)
            shop.close()
    skipped.queue.clock_changed(4 * DAY + 2 * HOUR, 60)
    usual.open(4)
    skipped.open(4, hour=8.0)  # nine on the wall
    assert skipped.told(10) == pytest.approx(usual.told(10))


def test_asking_and_telling_the_time_teaches_nothing():
    asked, left_alone = (Shop(["Rosa", "Luis"], (3, 8)) for _ in range(2))
    for shop in (asked, left_alone):
        shop.open(0)
        for hour in range(10, 13):
            shop.work_until(hour * HOUR)
            if shop is asked:
                for minute in range(0, 30, 5):
                    shop.queue.tick(shop.t + minute)
                    shop.queue.curve(shop.t + minute, 20)
    assert asked.queue.saved() == left_alone.queue.saved()


def test_an_alert_leaves_at_least_half_of_the_lead_nearly_always():
    shop = Shop(["Rosa", "Luis"], (2, 9))
    alerted: dict[int, float] = {}
    leads = []
    for day in range(4):
        shop.open(day)
        while shop.t < day * DAY + 13 * HOUR:
            shop.work_until(shop.t + 1)
            for ticket in shop.line:
                if ticket not in alerted and shop.queue.alert_due(ticket, shop.t, 10):
                    alerted[ticket] = shop.t
            leads += [shop.t - alerted.pop(ticket) for ticket in [*alerted] if ticket not in shop.line]
        shop.close()
        alerted.clear()
    assert len(leads) > 300
    assert sum(lead < 5 for lead in leads) < 0.2 * len(leads)
    assert sum(lead >= 8 for lead in leads) > 0.5 * len(leads)

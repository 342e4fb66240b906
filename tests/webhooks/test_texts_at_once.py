"""Many phones text at the same moment, through the real webhook."""

from concurrent.futures import ThreadPoolExecutor

from models.queueing.tables.queues import Queue
from tests.one_database import on_both
from tests.webhooks.conftest import Carrier, reply_in
from tests.world import join, line, phone

pytestmark = on_both  # threads meet, or other processes

TOGETHER = 12


def answers_to(carrier: Carrier, body: str) -> list[str]:
    """The replies to phones 0 to 11 when all text this at once."""
    forms = [carrier.form(body, phone(index)) for index in range(TOGETHER)]

    def deliver(form: dict[str, str]) -> str:
        other = Carrier(carrier.client.application)
        return reply_in(other.post("/webhooks/sms", form).text) or ""

    with ThreadPoolExecutor(TOGETHER) as crowd:
        return list(crowd.map(deliver, forms))


def test_everybody_gets_a_number_and_nobody_waits_for_another(carrier: Carrier, queue: Queue) -> None:
    answers = answers_to(carrier, "CET236")
    numbers = sorted(int(answer.split()[3].rstrip(".,")) for answer in answers)
    assert numbers == list(range(1, TOGETHER + 1))


def test_everybody_may_leave_at_once(carrier: Carrier, queue: Queue) -> None:
    for index in range(TOGETHER):
        join(queue, phone(index))
    assert all("left" in answer for answer in answers_to(carrier, "LEAVE"))
    assert line(queue) == []

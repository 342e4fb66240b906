"""`flask desk add` gives a queue desks, and leaves those that are there alone."""

import pytest

from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.commands.conftest import Run, refusal


def desks(queue: Queue) -> list[str]:
    with reading() as session:
        return [desk.name for desk in session.get_one(Queue, queue.id).desks]


def test_desks_are_made_in_the_order_given(run: Run, queue: Queue) -> None:
    result = run("desk", "add", "cet236", "Chair 1", " Chair  2 ", "Chair 1")
    assert (result.exit_code, result.stdout) == (0, "Added to CET236: Chair 1, Chair 2.\n")
    assert desks(queue) == ["Chair 1", "Chair 2"]


def test_repeated_it_makes_only_what_is_missing(run: Run, queue: Queue) -> None:
    run("desk", "add", "CET236", "Chair 1")
    assert run("desk", "add", "CET236", "Chair 1").stdout == (
        "CET236 has these desks already: nothing to do.\n"
    )
    assert run("desk", "add", "CET236", "Chair 1", "Sofa").stdout == "Added to CET236: Sofa.\n"
    assert desks(queue) == ["Chair 1", "Sofa"]


def test_a_queue_that_there_is_not_is_refused(run: Run, queue: Queue) -> None:
    assert "There is no queue 'NONE'." in refusal(run("desk", "add", "NONE", "Chair 1"), 1)


@pytest.mark.parametrize("names", [[], [""], ["x" * 31], ["Chair\x00"]])
def test_a_name_that_can_not_be_read_is_refused(run: Run, queue: Queue, names: list[str]) -> None:
    refusal(run("desk", "add", "CET236", *names), 2)
    assert desks(queue) == []

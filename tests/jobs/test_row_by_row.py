"""One failing row never stops the others, and is not always tried first."""

from jobs.row_by_row import RowByRow
from models.queueing.tables.ticket_states import NotPossible
from tests.world import NOON, minutes


def test_a_row_that_fails_stops_no_other_and_rests_for_a_minute() -> None:
    rows, done = RowByRow("test"), []

    def work(row: int) -> None:
        done.append(row)
        if row == 1:
            raise ZeroDivisionError

    assert not rows.each([1, 2], work, NOON)
    assert done == [1, 2]
    assert not rows.each([1, 2], work, NOON + minutes(0.9))
    assert done == [1, 2, 2]
    assert not rows.each([1, 2], work, NOON + minutes(1))
    assert done == [1, 2, 2, 1, 2]


def test_a_row_that_somebody_else_did_first_is_done() -> None:
    def work(row: int) -> None:
        raise NotPossible("changed_meanwhile")

    assert RowByRow("test").each([1], work, NOON)

"""What was worked out a moment ago is kept, never more than so much of it."""

from unittest.mock import Mock

from web.customer.kept import Kept


def test_a_value_is_worked_out_once_and_no_more_are_kept_than_may_be() -> None:
    kept: Kept[str | None] = Kept(most=3)
    work_out = Mock(side_effect=[None, *"bcdefg"])
    assert [kept.of(key, work_out) for key in (1, 1, 1)] == [None] * 3
    assert work_out.call_count == 1
    for key in range(2, 8):
        kept.of(key, work_out)
        assert len(kept._values) <= 3
    assert kept.of(7, work_out) == "g"

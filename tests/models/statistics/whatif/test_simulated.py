"""Of a day that was lived twice, with and without help, the model tells the second from the first."""

from statistics import mean

from tests.models.statistics.whatif.simulated import compare


def test_it_is_close_to_what_the_helper_did() -> None:
    found = [compare(seed, runs=0) for seed in range(1, 21)]
    for name, off_by in (("median", 150), ("p90", 240), ("gave_up", 1.5)):
        was, told, true = (
            [getattr(figures, name) for figures in column]
            for column in zip(
                *((outcome.was, outcome.would_be, true) for outcome, true in found), strict=True
            )
        )
        assert mean(abs(one - other) for one, other in zip(told, true, strict=True)) < off_by
        assert mean(true) < 0.8 * mean(was)

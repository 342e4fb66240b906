import json

from hypothesis import given, strategies as st

from models.waiting.estimator import WaitEstimator, WaitState


def test_somebody_behind_two_others_waits_for_three_services_before_anything_is_known():
    queue = WaitEstimator(hint_minutes=10)
    queue.servicer_on(0, "Rosa")
    for ticket in (1, 2, 3, 4):
        queue.joined(0, ticket)
    queue.called(0, 1, "Rosa")
    expected, low, high = queue.estimate(4, 0)
    assert low <= expected <= high
    assert 15 <= expected <= 40


def test_nobody_on_duty_is_unstaffed():
    assert WaitEstimator().state(0) == WaitState.UNSTAFFED


def test_a_line_that_nobody_calls_is_stalled():
    queue = WaitEstimator(hint_minutes=5)
    queue.servicer_on(0, "Rosa")
    queue.joined(0, 1)
    assert queue.state(1) == WaitState.OK
    assert queue.state(120) == WaitState.STALLED


events = st.lists(
    st.tuples(
        st.sampled_from(
            ["joined", "called", "finished", "left", "no_show", "on", "off", "put_back", "moved", "tick"]
        ),
        st.floats(-10, 3000),
        st.integers(0, 12),
        st.integers(0, 3),
    ),
    max_size=60,
)


def play(queue, events):
    for kind, t, ticket, n in events:
        if kind in ("on", "off"):
            getattr(queue, "servicer_" + kind)(t, n)
        elif kind == "tick":
            queue.tick(t)
        elif kind in ("joined", "left"):
            getattr(queue, kind)(t, ticket)
        else:
            getattr(queue, kind)(t, ticket, n)


def answers(queue, now):
    return (
        [queue.estimate(ticket, now) for ticket in range(13)],
        queue.estimate_new(now),
        queue.curve(now, 12),
        queue.state(now),
    )


@given(events, st.floats(0, 4000))
def test_answers_are_finite_and_in_order_after_any_events(events, now):
    queue = WaitEstimator()
    play(queue, events)
    tickets, new, curve, _ = answers(queue, now)
    for expected, low, high in [*tickets, new, *curve]:
        assert 0 <= low <= expected <= high < 1e6


@given(events, events, st.floats(0, 4000))
def test_a_saved_and_loaded_estimator_gives_the_same_answers(before, after, now):
    queue = WaitEstimator()
    play(queue, before)
    again = WaitEstimator.loaded(json.loads(json.dumps(queue.saved())))
    assert answers(again, now) == answers(queue, now)
    play(queue, after)
    play(again, after)
    assert answers(again, now) == answers(queue, now)

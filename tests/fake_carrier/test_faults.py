"""The fake carrier goes wrong when told to, by script or by chance."""

import time

import pytest
import requests

from tests.fake_carrier import CallFault, FakeCarrier, Fate, Fault, ReportFault
from tests.fake_carrier.app import ANA, BEN, PUBLIC, App, create, read


@pytest.mark.parametrize(
    ("fault", "status", "texts"),
    [
        (CallFault.BUSY, 429, []),
        (CallFault.ERROR_BEFORE, 500, []),
        (CallFault.ERROR_AFTER, 500, ["Hello"]),
        (CallFault.CUT_BEFORE, None, []),
        (CallFault.CUT_AFTER, None, ["Hello"]),
        (Fault(CallFault.SLOW_BEFORE, seconds=0.01), 201, ["Hello"]),
        (Fault(CallFault.SLOW_AFTER, seconds=0.01), 201, ["Hello"]),
        (CallFault.GARBAGE, 201, ["Hello"]),
        (Fault(CallFault.TRICKLE, seconds=0.01), None, ["Hello"]),
        (Fault(CallFault.REJECT, code=21614), 400, []),
        (Fault(CallFault.REFUSE, seconds=0.01), None, []),
        (None, 201, ["Hello"]),
    ],
)
def test_a_scripted_fault_happens_to_the_next_call_only(
    carrier: FakeCarrier, fault: Fault | CallFault | None, status: int | None, texts: list[str]
) -> None:
    carrier.faults.next_calls(fault)
    try:
        seen = create(carrier).status_code
    except requests.RequestException:
        seen = None
    assert (seen, carrier.texts_to(ANA)) == (status, texts)
    time.sleep(0.15 if isinstance(fault, Fault) and fault.kind is CallFault.REFUSE else 0)
    assert create(carrier, to=BEN).status_code == 201


@pytest.mark.parametrize(
    ("fault", "reports"),
    [
        (ReportFault.LOST, []),
        (Fault(ReportFault.LATE, seconds=0.02), ["sent", "delivered"]),
        (ReportFault.DOUBLED, ["sent", "sent", "delivered", "delivered"]),
        (ReportFault.REORDERED, ["delivered", "sent"]),
        (ReportFault.EARLY, ["sent", "delivered"]),
    ],
)
def test_reports_go_wrong_as_told(
    carrier: FakeCarrier, app: App, fault: Fault | ReportFault, reports: list[str]
) -> None:
    carrier.faults.next_reports(fault)
    sid = create(carrier).json()["sid"]
    if fault is ReportFault.EARLY:
        assert app.statuses(sid) == reports
    carrier.settle()
    assert app.statuses(sid) == reports
    assert read(carrier, f"/Messages/{sid}")["status"] == "delivered"


def test_a_text_can_fail_after_it_was_accepted(carrier: FakeCarrier, app: App) -> None:
    carrier.faults.next_fates(Fate(30003), Fate(30008, arrives=True), Fate(30036, "failed"))
    carrier.unreachable[BEN] = 30006
    sids = [create(carrier, body=body).json()["sid"] for body in "abc"] + [create(carrier, BEN).json()["sid"]]
    carrier.settle()
    assert carrier.texts_to(ANA) == ["b"]
    assert carrier.texts_to(BEN) == []
    ends = {form["MessageSid"]: (form["MessageStatus"], form.get("ErrorCode")) for _, form, _ in app.posts}
    assert [ends[sid] for sid in sids] == [
        ("undelivered", "30003"),
        ("undelivered", "30008"),
        ("failed", "30036"),
        ("undelivered", "30006"),
    ]


def test_down_refuses_and_up_comes_back_at_the_same_address(carrier: FakeCarrier) -> None:
    url = carrier.url
    carrier.down()
    for _ in range(3):
        with pytest.raises(requests.ConnectionError, match="refused"):
            create(carrier)
    carrier.up()
    assert carrier.url == url
    assert create(carrier).status_code == 201


def test_a_seed_decides_what_goes_wrong(app: App) -> None:
    def run(seed: int) -> dict[str, int]:
        with FakeCarrier(public_url=PUBLIC, app_url=app.url) as carrier:
            carrier.faults.misbehave(seed=seed, rate=0.5, calls=[CallFault.BUSY, CallFault.ERROR_AFTER])
            for _ in range(30):
                create(carrier)
            return dict(carrier.faults.counts)

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert run(1)["call:busy"] > 0

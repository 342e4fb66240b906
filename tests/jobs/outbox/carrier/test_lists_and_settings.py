"""The carrier's lists are read whole or not at all; doctor and connect read and change its settings."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from jobs.outbox.carrier import Accepted, CarrierFailed, CarrierMessage, Unknown
from jobs.outbox.twilio_carrier import TwilioCarrier
from tests.fake_carrier import CallFault, FakeCarrier, Fate, Fault
from tests.fake_carrier.faults import RANDOM_LISTS
from tests.jobs.outbox.carrier.clients import AGES_AGO, ANA, BEN, PUBLIC, settings_for, text


def test_texts_to_a_phone_are_listed_with_those_still_in_line(
    carrier: TwilioCarrier, fake: FakeCarrier
) -> None:
    begin = datetime.now(UTC)
    carrier.send(text("one"))
    fake.settle()
    carrier.send(text("two"))
    fake.messages()[-1].sent_at = None
    carrier.send(text("to another", to=BEN))
    fake.customer_texts(ANA, fake.number, "HELP", reaches_us=False)
    fake.settle()
    listed = carrier.messages_to(ANA, begin)
    assert {one.body for one in listed} >= {"one", "two"}
    assert {(one.direction, one.to) for one in listed} == {("outbound-api", ANA), ("outbound-reply", ANA)}
    assert len(listed) == 3
    assert all(one.created_at.tzinfo is not None for one in listed)
    assert carrier.messages_to(ANA, datetime.now(UTC) + timedelta(minutes=1)) == []


def test_customers_texts_are_listed_back_to_a_moment(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    now = datetime.now(UTC)
    for i, age in enumerate([7 * 24 * 60, 180, 70, 30, 5, 0]):
        fake.customer_texts(ANA, fake.number, f"text {i}", reaches_us=False)
        message = fake.messages(sender=ANA)[-1]
        message.created_at = message.sent_at = now - timedelta(minutes=age)
    listed = carrier.messages_from_customers(fake.number, now - timedelta(minutes=30))
    assert [one.body for one in listed] == ["text 5", "text 4", "text 3"]
    assert {(one.sender, one.direction) for one in listed} == {(ANA, "inbound")}


def test_lists_are_read_by_our_clock_though_it_is_an_hour_ahead(
    carrier: TwilioCarrier, fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour, now = timedelta(hours=1), datetime.now(UTC)
    by_its_clock = format_datetime(now - hour, usegmt=True)
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: by_its_clock)
    carrier.send(text("one"))
    fake.customer_texts(ANA, fake.number, "CET236", reaches_us=False)
    for message in fake.messages():
        message.created_at = message.sent_at = now - hour
    since = now - timedelta(minutes=1)
    for listed in (carrier.messages_to(ANA, since), carrier.messages_from_customers(fake.number, since)):
        assert [abs(one.created_at - now) < timedelta(seconds=90) for one in listed] == [True]


def test_a_list_of_many_pages_is_whole(patient_carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    for i in range(1100):
        fake.customer_texts(ANA, fake.number, f"text {i}", reaches_us=False)
    assert len(patient_carrier.messages_from_customers(fake.number, AGES_AGO)) == 1100


@pytest.mark.parametrize(
    "fault", [CallFault.BUSY, CallFault.ERROR_BEFORE, CallFault.CUT_BEFORE, CallFault.GARBAGE]
)
def test_a_list_that_is_not_whole_is_no_list(
    patient_carrier: TwilioCarrier, fake: FakeCarrier, fault: CallFault
) -> None:
    for i in range(1001):
        fake.customer_texts(ANA, fake.number, f"text {i}", reaches_us=False)
    fake.faults.next_lists(None, fault)
    with pytest.raises(CarrierFailed):
        patient_carrier.messages_from_customers(fake.number, AGES_AGO)
    fake.faults.next_lists(fault)
    with pytest.raises(CarrierFailed):
        patient_carrier.messages_to(ANA, AGES_AGO)


def test_doctor_finds_nothing_wrong_where_all_is_well(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    assert carrier.check([fake.number]) == []


def test_doctor_says_what_is_wrong_with_the_account(
    carrier: TwilioCarrier, fake: FakeCarrier, tmp_path: Path
) -> None:
    wrong = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_AUTH_TOKEN="another token"))
    [problem] = wrong.check([fake.number])
    assert "TWILIO_AUTH_TOKEN" in problem
    assert "20003" in problem
    fake.account_status = "suspended"
    assert carrier.check([fake.number]) == ["The Twilio account is suspended: Twilio's console says why."]
    fake.down()
    assert len(carrier.check([fake.number])) == 1


def test_doctor_says_what_is_wrong_with_a_number(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.numbers[fake.number].sms_url = "https://demo.twilio.com/welcome"
    wrong, unknown = carrier.check([fake.number, "+15559999999"])
    assert f"go to https://demo.twilio.com/welcome instead of {PUBLIC}/webhooks/sms" in wrong
    assert unknown.startswith("+15559999999 is not a number of this Twilio account")


def test_doctor_sees_a_messaging_service_that_keeps_texts(tmp_path: Path, fake: FakeCarrier) -> None:
    carrier = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_MESSAGING_SERVICE_SID=fake.service_sid))
    assert carrier.check() == []
    fake.service_keeps_incoming = True
    [problem] = carrier.check()
    assert fake.service_sid in problem


def test_connecting_points_the_number_at_us(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    number = fake.numbers[fake.number]
    number.sms_url, number.sms_method, number.sms_application_sid = "", "GET", "AP1"
    carrier.connect_webhook(fake.number, f"{PUBLIC}/webhooks/sms#rc=2")
    assert (number.sms_url, number.sms_method) == (f"{PUBLIC}/webhooks/sms#rc=2", "POST")
    assert carrier.check([fake.number]) == []
    with pytest.raises(CarrierFailed, match="not a number"):
        carrier.connect_webhook("+15559999999", PUBLIC)


def test_one_text_is_asked_for_by_its_sid(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.faults.next_fates(Fate(30005))
    sent = carrier.send(text())
    assert isinstance(sent, Accepted)
    fake.settle()
    found = carrier.message(sent.carrier_sid)
    assert isinstance(found, CarrierMessage)
    assert (found.carrier_sid, found.status, found.error_code) == (sent.carrier_sid, "undelivered", 30005)


@pytest.mark.parametrize("fault", [*RANDOM_LISTS, Fault(CallFault.SLOW_AFTER, seconds=0.5), "another sid"])
def test_a_text_that_is_not_answered_for_is_unknown_after_one_call(
    carrier: TwilioCarrier, fake: FakeCarrier, fault: Fault | CallFault | str
) -> None:
    sent = carrier.send(text())
    assert isinstance(sent, Accepted)
    if isinstance(fault, str):
        assert isinstance(carrier.message("SM0"), Unknown)
    else:
        fake.faults.next_lists(fault)
        assert isinstance(carrier.message(sent.carrier_sid), Unknown)
        assert sum(count for what, count in fake.faults.counts.items() if what.startswith("list:")) == 1

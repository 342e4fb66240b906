"""Texts leave with all that belongs to them, and every answer of Twilio's has its outcome."""

import logging
import threading
from pathlib import Path

import pytest

from jobs.outbox.carrier import Accepted, Busy, Outcome, Rejected, Unknown
from jobs.outbox.twilio_carrier import TwilioCarrier
from models.delivery.circuit_breaker import HOLDS
from models.people.addresses import Channel
from models.texts.error_codes import CODES, Fault as Whose, RejectionKind, kind_of_error
from tests.fake_carrier import CallFault, FakeCarrier, Fault
from tests.fake_carrier.faults import RANDOM_CALLS
from tests.jobs.outbox.carrier.clients import AGES_AGO, ANA, PUBLIC, settings_for, text

# Section by section what we do about Twilio's codes; every one that we know of.
EXPECTED = {
    RejectionKind.BAD_NUMBER: [21211, 21265, 21266, 21268, 21604, 21614, 21635, 30005, 30006],
    RejectionKind.OPTED_OUT: [21610, 30004],
    RejectionKind.BLOCKED: [63014, 63033],
    RejectionKind.NOT_BY_CHANNEL: [63003, 63015, 63016, 63024, 63032, 63035, 63106],
    RejectionKind.OUR_CONFIGURATION: [
        *(20003, 20005, 20404, 30002),
        *(21212, 21267, 21601, 21603, 21609, 21616, 21660, 21661, 21701, 21704, 21705),
        *(63001, 63002, 63007, 63008, 63020, 63026, 63051),
    ],
    RejectionKind.PERHAPS_OURS: [
        *(21408, 21608, 572005),
        *(21606, 21612, 21657, 21659, 21703, 30018, 30024, 30032, 30033, 30034, 30035),
    ],
    RejectionKind.CONTENT: [
        *(21602, 21617, 21619, 30007, 30019, 30044),
        *(63005, 63006, 63013, 63021, 63027, 63028, 63029, 63030, 63031, 63040, 63041, 63042),
    ],
    RejectionKind.BUSY: [20429, 21611, 14107],
    RejectionKind.PASSING: [
        *(30001, 30017, 30022, 30410, 30450, 30500),
        *(63009, 63010, 63012, 63017, 63018),
    ],
    RejectionKind.DAILY_CAP: [30454, 63038],
    RejectionKind.NETWORK_CAP: [30023, 30027],
    RejectionKind.TOO_LATE: [30036],
    RejectionKind.UNCONFIRMED: [30003, 30008, 20500, 20503, 63011, 63023, 63036],
}


def test_a_text_leaves_with_all_that_belongs_to_it(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    outcome = carrier.send(text(validity_seconds=600))
    [sent] = fake.messages(to=ANA)
    assert outcome == Accepted(sent.sid)
    assert (sent.sender, sent.body, sent.validity_seconds) == ("+15550100000", "It's your turn", 600)
    assert sent.status_callback == f"{PUBLIC}/webhooks/status?m=ref-1_a"
    assert fake.texts_to(ANA) == ["It's your turn"]


def test_a_text_of_whatsapp_leaves_with_its_prefix_and_without_the_service(tmp_path: Path) -> None:
    ours = "whatsapp:+15550100000"
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9", numbers=("+15550100000", ours)) as fake:
        service = {"TWILIO_MESSAGING_SERVICE_SID": fake.service_sid}
        carrier = TwilioCarrier(settings_for(tmp_path, fake, **service))
        assert isinstance(carrier.send(text(channel=Channel.WHATSAPP)), Accepted)
        [sent] = fake.messages(to=f"whatsapp:{ANA}")
        assert (sent.sender, sent.service_sid) == (ours, None)
        [listed] = carrier.messages_to(ANA, AGES_AGO, Channel.WHATSAPP)
        assert (listed.to, listed.sender) == (ANA, "+15550100000")
        assert carrier.messages_to(ANA, AGES_AGO) == []


def test_a_template_leaves_with_its_variables_and_no_words(tmp_path: Path) -> None:
    ours = "whatsapp:+15550100000"
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9", numbers=(ours,)) as fake:
        carrier = TwilioCarrier(settings_for(tmp_path, fake))
        fake.window_over.add(f"whatsapp:{ANA}")
        carrier.send(text(channel=Channel.WHATSAPP, template_sid="HX1", variables=("27", "Haircuts")))
        [sent] = fake.messages(to=f"whatsapp:{ANA}")
        assert sent.body == 'HX1 {"1": "27", "2": "Haircuts"}'
        assert sent.on_screen


@pytest.mark.parametrize(("asked", "sent"), [(0, 1), (40_000, 36_000)])
def test_a_validity_is_kept_within_what_the_carrier_takes(
    carrier: TwilioCarrier, fake: FakeCarrier, asked: int, sent: int
) -> None:
    assert isinstance(carrier.send(text(validity_seconds=asked)), Accepted)
    assert fake.messages()[0].validity_seconds == sent


def test_a_messaging_service_goes_with_the_number(tmp_path: Path, fake: FakeCarrier) -> None:
    settings = settings_for(tmp_path, fake, TWILIO_MESSAGING_SERVICE_SID=fake.service_sid)
    assert isinstance(TwilioCarrier(settings).send(text()), Accepted)
    [sent] = fake.messages()
    assert (sent.sender, sent.service_sid) == ("+15550100000", fake.service_sid)


def test_an_api_key_is_used_where_there_is_one(tmp_path: Path, fake: FakeCarrier) -> None:
    settings = settings_for(tmp_path, fake, TWILIO_API_KEY="SK1", TWILIO_API_SECRET="secret")
    refused = TwilioCarrier(settings).send(text())
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.kind) == (20003, RejectionKind.OUR_CONFIGURATION)
    fake.api_keys["SK1"] = "secret"
    assert isinstance(TwilioCarrier(settings).send(text()), Accepted)
    assert TwilioCarrier(settings).check([fake.number]) == []


def test_the_api_may_be_at_any_base_path(tmp_path: Path) -> None:
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9", base_path="/proxy/twilio") as fake:
        carrier = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_API_URL=f"{fake.url}/"))
        assert isinstance(carrier.send(text()), Accepted)
        assert len(carrier.messages_to(ANA, AGES_AGO)) == 1
        assert carrier.check([fake.number]) == []


@pytest.mark.parametrize(
    ("fault", "outcome", "texts"),
    [
        (
            Fault(CallFault.BUSY, seconds=7),
            Busy(7.0, "error 20429: Unable to create record: Too Many Requests"),
            0,
        ),
        (CallFault.ERROR_BEFORE, Unknown, 0),
        (CallFault.ERROR_AFTER, Unknown, 1),
        (CallFault.CUT_BEFORE, Unknown, 0),
        (CallFault.CUT_AFTER, Unknown, 1),
        (Fault(CallFault.SLOW_AFTER, seconds=0.5), Unknown, 1),
        (CallFault.GARBAGE, Unknown, 1),
        (Fault(CallFault.REJECT, code=21611), Busy, 0),
        (Fault(CallFault.REJECT, code=14107), Busy, 0),
        (Fault(CallFault.REJECT, code=20500), Unknown, 0),
        (Fault(CallFault.REJECT, code=99999), Rejected, 0),
    ],
)
def test_every_way_to_go_wrong_has_its_outcome(
    carrier: TwilioCarrier,
    fake: FakeCarrier,
    fault: Fault | CallFault,
    outcome: Outcome | type[Outcome],
    texts: int,
) -> None:
    fake.faults.next_calls(fault)
    seen = carrier.send(text())
    assert isinstance(seen, outcome) if isinstance(outcome, type) else seen == outcome
    assert len(fake.texts_to(ANA)) == texts
    assert len(fake.calls) == 1, "never sent twice"


@pytest.mark.parametrize("kind", list(EXPECTED))
def test_every_twilio_error_code_of_the_table_is_sorted(
    kind: RejectionKind, carrier: TwilioCarrier, fake: FakeCarrier
) -> None:
    for code in EXPECTED[kind]:
        assert kind_of_error(code) is kind
        fake.faults.next_calls(Fault(CallFault.REJECT, code=code))
        outcome = carrier.send(text())
        if kind is RejectionKind.BUSY:
            reason = f"error {code}: Unable to create record: Refused by the script"
            assert outcome == Busy(None, reason, this_text_only=code == 14107)
        elif kind is RejectionKind.UNCONFIRMED:
            assert isinstance(outcome, Unknown)
        else:
            assert isinstance(outcome, Rejected)
            assert (outcome.code, outcome.kind) == (code, kind)


def test_the_table_is_whole_and_an_unknown_code_is_other() -> None:
    assert {code for codes in EXPECTED.values() for code in codes} == set(CODES)
    assert kind_of_error(12345) is RejectionKind.OTHER
    assert kind_of_error(None) is RejectionKind.OTHER


def test_only_an_error_of_sender_or_account_holds_a_number_at_once() -> None:
    for code, error in CODES.items():
        if error.kind in HOLDS:
            assert error.fault in (Whose.SENDER, Whose.ACCOUNT), code
        if error.fault in (Whose.PHONE, Whose.NETWORK, Whose.TEXT):
            assert error.kind not in HOLDS, code


def test_the_table_of_the_documentation_is_the_one_we_act_upon() -> None:
    docs = Path("docs/texts.md").read_text()
    for code, error in CODES.items():
        assert f"| {code} | {error.fault} | {error.meaning} |" in docs


def test_an_opted_out_phone_is_known_by_its_rejection(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.customer_texts(ANA, fake.number, "STOP", reaches_us=False)
    outcome = carrier.send(text())
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.kind) == (21610, RejectionKind.OPTED_OUT)


def test_a_rejection_tells_nobody_the_phone(carrier: TwilioCarrier) -> None:
    outcome = carrier.send(text(to="+00000000000000000"))
    assert isinstance(outcome, Rejected)
    assert outcome.kind is RejectionKind.BAD_NUMBER
    assert outcome.message == "error 21211: Unable to create record: Invalid 'To' Phone Number: …"


def test_senders_side_by_side_get_each_their_own_answer(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    outcomes: dict[str, Outcome] = {}

    def send_some(sender: int) -> None:
        for i in range(5):
            body = f"text {i} of {sender}"
            outcomes[body] = carrier.send(text(body))

    threads = [threading.Thread(target=send_some, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {one.body: Accepted(one.sid) for one in fake.messages()}
    assert len(outcomes) == 20


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_outcome_ever_claims_what_did_not_happen(
    carrier: TwilioCarrier, fake: FakeCarrier, seed: int
) -> None:
    kinds = [kind for kind in RANDOM_CALLS if kind is not CallFault.REFUSE]  # after it, all the rest is Busy
    fake.faults.misbehave(seed=seed, rate=0.6, calls=kinds, longest_seconds=0.4)
    outcomes: dict[str, Outcome] = {}

    def send_some(sender: int) -> None:
        for i in range(20):
            outcomes[f"{sender}/{i}"] = carrier.send(text(f"{sender}/{i}"))

    threads = [threading.Thread(target=send_some, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created = {one.body: one.sid for one in fake.messages()}
    assert len(created) == len(fake.messages()), "never sent twice"
    for body, outcome in outcomes.items():
        match outcome:
            case Accepted(carrier_sid):
                assert created[body] == carrier_sid
            case Busy() | Rejected():
                assert body not in created
    assert {type(outcome) for outcome in outcomes.values()} >= {Accepted, Busy, Unknown}


def test_no_phone_number_is_logged(
    carrier: TwilioCarrier, fake: FakeCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    carrier.send(text())
    carrier.messages_to(ANA, AGES_AGO)
    fake.faults.next_calls(Fault(CallFault.REJECT, code=21211))
    carrier.send(text())
    assert ANA.removeprefix("+") not in caplog.text

"""The fake carrier itself: texts, lists, replies, STOP, and running alone."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.fake_carrier import FakeCarrier
from tests.fake_carrier.app import ANA, BEN, PUBLIC, App, address, create, free_port, read
from tests.guard import ends_with_us

ROOT = Path(__file__).resolve().parents[2]


def test_a_text_reaches_the_phone_and_is_reported_sent_then_delivered(carrier: FakeCarrier, app: App) -> None:
    answer = create(carrier)
    assert answer.status_code == 201
    assert answer.json()["status"] == "queued"
    carrier.settle()
    assert carrier.texts_to(ANA) == ["Hello"]
    assert app.statuses(answer.json()["sid"]) == ["sent", "delivered"]
    assert read(carrier, f"/Messages/{answer.json()['sid']}")["status"] == "delivered"
    for path, form, signature in app.posts:
        assert path == "/webhooks/status?m=1"
        assert RequestValidator(carrier.auth_token).validate(f"{PUBLIC}{path}", form, signature)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "nonsense"}, 21211),
        ({"From": "+15559999999"}, 21659),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "https://my_host.example/"}, 21609),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"MessagingServiceSid": "MG1"}, 21701),
    ],
)
def test_what_twilio_would_refuse_is_refused(
    carrier: FakeCarrier, changed: dict[str, str], code: int
) -> None:
    asked = {"to": changed.pop("To", ANA), "body": changed.pop("Body", "Hello")}
    answer = create(carrier, **asked, **changed)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert carrier.texts_to(ANA) == []


def test_the_password_is_checked(carrier: FakeCarrier) -> None:
    for auth in [None, (carrier.account_sid, "wrong"), ("SK1", "unknown")]:
        answer = requests.post(address(carrier, "/Messages"), data={}, auth=auth, timeout=2)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_a_list_is_newest_first_filtered_and_in_pages(carrier: FakeCarrier) -> None:
    for i in range(5):
        create(carrier, body=f"text {i}")
        carrier.settle()
    create(carrier, to=BEN)
    carrier.customer_texts(ANA, carrier.number, "CET236", reaches_us=False)
    first = read(carrier, "/Messages", To=ANA, PageSize=3)
    rest = requests.get(
        carrier.url + first["next_page_uri"], auth=(carrier.account_sid, carrier.auth_token), timeout=2
    ).json()
    bodies = [one["body"] for one in first["messages"] + rest["messages"]]
    assert bodies == [f"text {i}" for i in (4, 3, 2, 1, 0)]
    assert rest["next_page_uri"] is None
    assert [one["direction"] for one in read(carrier, "/Messages", From=ANA)["messages"]] == ["inbound"]
    assert read(carrier, "/Messages", To=ANA, **{"DateSent>": "2999-01-01"})["messages"] == []


def test_a_customers_text_is_posted_signed_and_the_reply_is_on_the_phone(
    carrier: FakeCarrier, app: App
) -> None:
    twiml = (
        '<Response><Message action="/webhooks/status?m=7">You are <Body>number 1</Body></Message></Response>'
    )
    app.answers["/webhooks/sms"] = (200, "text/xml", twiml)
    reply = carrier.customer_texts(ANA, carrier.number, "CET236 Zoë")
    assert (reply.status, reply.texts) == (200, ["number 1"])
    path, form, signature = app.posts[0]
    assert RequestValidator(carrier.auth_token).validate(f"{PUBLIC}{path}", form, signature)
    assert (form["From"], form["To"], form["Body"], form["AccountSid"]) == (
        *(ANA, carrier.number, "CET236 Zoë"),
        carrier.account_sid,
    )
    carrier.settle()
    assert carrier.texts_to(ANA) == ["number 1"]
    [replied] = carrier.messages(to=ANA)
    assert (replied.direction, app.statuses(replied.sid)) == ("outbound-reply", ["sent", "delivered"])


def test_the_same_sid_again_is_one_text_and_one_reply(carrier: FakeCarrier, app: App) -> None:
    app.answers["/webhooks/sms"] = (200, "text/xml", "<Response><Message>One</Message></Response>")
    for _ in range(2):
        carrier.customer_texts(ANA, carrier.number, "CET236", sid="SM1")
    assert len(app.posts) == 2
    assert len(carrier.messages(sender=ANA)) == 1
    assert carrier.texts_to(ANA) == ["One"]


@pytest.mark.parametrize(
    ("answer", "alert"),
    [
        ((500, "text/xml", "<Response/>"), "11200"),
        ((200, "text/xml", "<Response>"), "12100"),
        ((200, "application/json", "{}"), "12300"),
        ((200, "text/xml", f"<Response>{'<Message>a</Message>' * 11}</Response>"), "14109"),
        ((200, "text/xml", f"<Response><Message>{'a' * 1601}</Message></Response>"), "14103"),
    ],
)
def test_a_wrong_answer_to_a_text_raises_an_alert(
    carrier: FakeCarrier, app: App, answer: tuple[int, str, str], alert: str
) -> None:
    app.answers["/webhooks/sms"] = answer
    carrier.customer_texts(ANA, carrier.number, "CET236")
    assert [line[:5] for line in carrier.alerts] == [alert]


def test_a_text_that_finds_nobody_stays_in_the_list(carrier: FakeCarrier, app: App) -> None:
    carrier.app_url = f"http://127.0.0.1:{free_port()}"
    assert carrier.customer_texts(ANA, carrier.number, "CET236").status is None
    assert carrier.alerts[0].startswith("11205")
    assert [one["body"] for one in read(carrier, "/Messages", To=carrier.number)["messages"]] == ["CET236"]


def test_stop_blocks_the_phone_until_start(carrier: FakeCarrier, app: App) -> None:
    app.answers["/webhooks/sms"] = (200, "text/xml", "<Response><Message>Why?</Message></Response>")
    assert carrier.customer_texts(ANA, carrier.number, " stop ").texts == []
    assert len(app.posts) == 1
    assert create(carrier).json()["code"] == 21610
    assert create(carrier, to=BEN).status_code == 201
    [stopped] = carrier.texts_to(ANA)
    assert "unsubscribed" in stopped
    app.answers.clear()
    carrier.customer_texts(ANA, carrier.number, "START")
    assert create(carrier).status_code == 201
    assert carrier.texts_to(ANA)[2:] == ["Hello"]


def test_other_channels_keep_to_themselves(app: App) -> None:
    numbers = ("+15550100000", "whatsapp:+15550100000", "rcs:agent")
    with FakeCarrier(public_url=PUBLIC, app_url=app.url, numbers=numbers) as carrier:
        assert create(carrier, to=f"whatsapp:{ANA}").json()["code"] == 21910
        for sender in numbers:
            prefix = sender.partition(":")[0] + ":" if ":" in sender else ""
            answer = create(carrier, to=f"{prefix}{ANA}", From=sender)
            carrier.settle()
            last = "read" if prefix else "delivered"
            assert app.statuses(answer.json()["sid"])[-1] == last
        carrier.customer_texts(f"rcs:{ANA}", "rcs:agent", "STOP")
        assert create(carrier).json()["code"] == 21610, "one list for SMS and RCS"
        carrier.customer_texts(f"whatsapp:{ANA}", numbers[1], "STOP")
        assert create(carrier, to=f"whatsapp:{ANA}", From=numbers[1]).status_code == 201
        carrier.window_over.add(f"whatsapp:{BEN}")
        late = create(carrier, to=f"whatsapp:{BEN}", From=numbers[1]).json()["sid"]
        carrier.settle()
        assert app.statuses(late) == ["failed"]
        assert len(read(carrier, "/Messages", To=f"whatsapp:{BEN}")["messages"]) == 1
        assert [
            one["phone_number"] for one in read(carrier, "/IncomingPhoneNumbers")["incoming_phone_numbers"]
        ] == ["+15550100000"]


def test_a_messaging_service_accepts_first_and_chooses_the_number_later(carrier: FakeCarrier) -> None:
    asked = {"To": ANA, "Body": "Hello", "MessagingServiceSid": carrier.service_sid}
    answer = requests.post(
        address(carrier, "/Messages"), data=asked, auth=(carrier.account_sid, carrier.auth_token), timeout=2
    )
    assert (answer.json()["status"], answer.json()["from"]) == ("accepted", None)
    carrier.settle()
    assert read(carrier, f"/Messages/{answer.json()['sid']}")["from"] == carrier.number


def test_it_runs_alone(app: App) -> None:
    port = free_port()
    app.answers["/webhooks/sms"] = (200, "text/xml", "<Response><Message>Hi</Message></Response>")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fake_carrier", "--port", str(port), "--public-url", app.url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    ends_with_us(process)
    try:
        assert process.stdout is not None
        assert (
            f"TWILIO_API_URL=http://127.0.0.1:{port}" in process.stdout.readline() + process.stdout.readline()
        )
        url = f"http://127.0.0.1:{port}/fake"
        said = requests.post(f"{url}/customer-texts", data={"From": ANA, "Body": "DEMO"}, timeout=5).json()
        assert said["texts"] == ["Hi"]
        assert requests.get(f"{url}/texts", params={"phone": ANA}, timeout=5).json() == {"texts": ["Hi"]}
        counts = requests.post(f"{url}/faults", data={"calls": "busy,cut_after"}, timeout=5).json()
        assert json.dumps(counts)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert process.stdout is not None
        process.stdout.close()

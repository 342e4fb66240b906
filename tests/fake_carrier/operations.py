"""What the fake carrier's API can do, and the addresses of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.fake_carrier.faults import CallFault
from tests.fake_carrier.incoming import Incoming
from tests.fake_carrier.messages import Message
from tests.fake_carrier.refusal import Refusal
from tests.fake_carrier.resources import Json, message_json, number_json

NOT_FOUND = Refusal(20404, "The requested resource was not found", 404)


@dataclass
class Operation:
    """One request, with the parameters of its form and its address."""

    carrier: Incoming
    form: dict[str, str]
    query: dict[str, str]

    def create_message(self) -> Json:
        return message_json(self.carrier.account_sid, self.carrier.create(self.form))

    def list_messages(self) -> Json:
        wanted = [one for one in self.carrier.messages() if self._is_wanted(one)]
        # Most recent first; where Twilio puts those without a date is not documented.
        wanted.reverse()
        wanted.sort(key=lambda one: one.sent_at.timestamp() if one.sent_at else 0.0, reverse=True)
        size = min(max(int(self.query.get("PageSize", 50)), 1), 1000)
        sids = [one.sid for one in wanted]
        token = self.query.get("PageToken", "").removeprefix("PA")
        begin = sids.index(token) + 1 if token in sids else 0
        page = wanted[begin : begin + size]
        rest = {name: text for name, text in self.query.items() if name not in ("PageToken", "Page")}
        number = int(self.query.get("Page", 0))
        onward = urlencode(
            rest | {"PageSize": size, "Page": number + 1, "PageToken": f"PA{page[-1].sid}"} if page else {}
        )
        path = f"/2010-04-01/Accounts/{self.carrier.account_sid}/Messages.json"
        return {
            "messages": [message_json(self.carrier.account_sid, one) for one in page],
            "page": number,
            "page_size": size,
            "next_page_uri": f"{path}?{onward}" if begin + size < len(wanted) else None,
            "uri": f"{path}?{urlencode(self.query)}",
        }

    def _is_wanted(self, one: Message) -> bool:
        if self.query.get("To", one.to) != one.to or self.query.get("From", one.sender) != one.sender:
            return False
        day = one.sent_at.date().isoformat() if one.sent_at else ""
        # Only whole days are documented, so a time of day is cut off here.
        tests = {"DateSent": day.__eq__, "DateSent>": day.__ge__, "DateSent<": day.__le__}
        asked = [(name, self.query[name][:10]) for name in tests if name in self.query]
        return all(day and tests[name](limit) for name, limit in asked)

    def fetch_message(self, sid: str) -> Json:
        found = self.carrier.message(sid)
        if found is None:
            raise NOT_FOUND
        return message_json(self.carrier.account_sid, found)

    def fetch_account(self) -> Json:
        return {
            "sid": self.carrier.account_sid,
            "friendly_name": "Fake carrier",
            "status": self.carrier.account_status,
            "type": "Full",
            "date_created": "Sun, 22 Nov 2026 00:00:00 +0000",
        }

    def list_numbers(self) -> Json:
        part = self.query.get("PhoneNumber", "")
        found = [
            number_json(self.carrier.account_sid, one)
            for one in self.carrier.numbers.values()
            if part in one.phone and ":" not in one.phone  # senders of other channels are no numbers
        ]
        return {"incoming_phone_numbers": found, "page": 0, "page_size": 50, "next_page_uri": None}

    def update_number(self, sid: str) -> Json:
        for one in self.carrier.numbers.values():
            if one.sid == sid:
                one.sms_url = self.form.get("SmsUrl", one.sms_url)
                one.sms_method = self.form.get("SmsMethod", one.sms_method)
                one.sms_application_sid = self.form.get("SmsApplicationSid", one.sms_application_sid)
                return number_json(self.carrier.account_sid, one)
        raise NOT_FOUND

    def fetch_service(self, sid: str) -> Json:
        if sid != self.carrier.service_sid:
            raise NOT_FOUND
        return {
            "sid": sid,
            "account_sid": self.carrier.account_sid,
            "use_inbound_webhook_on_number": not self.carrier.service_keeps_incoming,
        }

    def update_service(self, sid: str) -> Json:
        passes_on = self.form.get("UseInboundWebhookOnNumber", "").lower()
        if passes_on:
            self.carrier.service_keeps_incoming = passes_on != "true"
        return self.fetch_service(sid)

    def control_customer_texts(self) -> Json:
        more = {
            name: text for name, text in self.form.items() if name not in ("From", "To", "Body", "MessageSid")
        }
        to = self.form.get("To") or self.carrier.number
        reply = self.carrier.customer_texts(
            self.form.get("From", ""), to, self.form.get("Body", ""), self.form.get("MessageSid"), more=more
        )
        return {"sid": reply.sid, "status": reply.status, "texts": reply.texts}

    def control_texts(self) -> Json:
        return {"texts": self.carrier.texts_to(self.query.get("phone", ""))}

    def control_faults(self) -> Json:
        faults = self.carrier.faults
        if "calls" in self.form:
            faults.next_calls(*(CallFault(name) for name in self.form["calls"].split(",")))
        if "rate" in self.form:
            faults.misbehave(seed=int(self.form.get("seed", 1)), rate=float(self.form["rate"]))
        return {"counts": dict(faults.counts)}


ACCOUNT = r"/2010-04-01/Accounts/(?P<account>[^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("POST", rf"{ACCOUNT}/Messages\.json", Operation.create_message),
    ("GET", rf"{ACCOUNT}/Messages\.json", Operation.list_messages),
    ("GET", rf"{ACCOUNT}/Messages/(?P<sid>[^/]+)\.json", Operation.fetch_message),
    ("GET", rf"{ACCOUNT}\.json", Operation.fetch_account),
    ("GET", rf"{ACCOUNT}/IncomingPhoneNumbers\.json", Operation.list_numbers),
    ("POST", rf"{ACCOUNT}/IncomingPhoneNumbers/(?P<sid>[^/]+)\.json", Operation.update_number),
    ("GET", r"/v1/Services/(?P<sid>[^/]+)", Operation.fetch_service),
    ("POST", r"/v1/Services/(?P<sid>[^/]+)", Operation.update_service),
    ("POST", r"/fake/customer-texts", Operation.control_customer_texts),
    ("GET", r"/fake/texts", Operation.control_texts),
    ("POST", r"/fake/faults", Operation.control_faults),
]
CONTROLS = (Operation.control_customer_texts, Operation.control_texts, Operation.control_faults)

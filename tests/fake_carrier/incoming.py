"""Texts that customers send: posted to the webhook, and its replies brought to their phones."""

import uuid
from collections.abc import Mapping
from urllib.parse import urljoin
from xml.etree import ElementTree

import requests

from tests.fake_carrier.channels import channel_of, obeys_stop, phone_of
from tests.fake_carrier.messages import Message, Reply, utc_now
from tests.fake_carrier.outgoing import LONGEST_BODY, Outgoing

STOP_WORDS = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
START_WORDS = frozenset(["START", "YES", "UNSTOP"])
HELP_WORDS = frozenset(["HELP", "INFO"])
STOP_ANSWER = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number."
    " Reply START to resubscribe."
)
START_ANSWER = "You have successfully been re-subscribed to messages from this number. Reply HELP for help."
HELP_ANSWER = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
MOST_REPLIES = 10


class Incoming(Outgoing):
    def customer_texts(
        self,
        from_: str,
        to: str,
        body: str,
        sid: str | None = None,
        *,
        media: int = 0,
        reaches_us: bool = True,
        more: Mapping[str, str] | None = None,
    ) -> Reply:
        """A customer sends a text; the reply is on the phone when this returns.

        The same `sid` again is the carrier's own repetition: one text, and only the first answer counts.
        With `reaches_us=False` the webhook is never called. `more` adds or replaces parameters.
        """
        message, is_new = self._record(from_, to, body, sid)
        if is_new:
            self._obey_words(message)
        if not reaches_us:
            return Reply(message.sid, None, [])
        our_number = self.numbers.get(to)
        address = (
            our_number.sms_url if our_number and our_number.sms_url else f"{self.public_url}/webhooks/sms"
        )
        answer = self.post_signed(address, self._incoming_params(message, media) | dict(more or {}), tries=2)
        if answer is None:
            self.alerts.append(f"11205 {message.sid}: no connection")
            return Reply(message.sid, None, [])
        return Reply(
            message.sid, answer.status_code, self._carry_replies(message, address, answer), answer.text
        )

    def _record(self, from_: str, to: str, body: str, sid: str | None) -> tuple[Message, bool]:
        with self._lock:
            if sid in self._messages:
                return self._messages[sid], False
            now = utc_now()
            return self._add(
                Message(
                    sid or f"SM{uuid.uuid4().hex}", "inbound", from_, to, body, "received", now, sent_at=now
                )
            ), True

    def _obey_words(self, message: Message) -> None:
        assert message.sender is not None
        if not obeys_stop(message.to):
            return
        word, phone = message.body.strip().upper(), phone_of(message.sender)
        shared = {one for one in self.numbers if "rcs" in (channel_of(one), channel_of(message.to))}
        senders = {message.to, self.service_sid} | {one for one in shared if obeys_stop(one)}
        with self._lock:
            if word in STOP_WORDS:
                self._answer_itself(message, STOP_ANSWER)
                self._opted_out |= {(phone, sender) for sender in senders}
            elif word in START_WORDS and (phone, message.to) in self._opted_out:
                self._opted_out -= {(phone, sender) for sender in senders}
                self._answer_itself(message, START_ANSWER)
            elif word in HELP_WORDS:
                self._answer_itself(message, HELP_ANSWER)

    def _answer_itself(self, message: Message, body: str) -> None:
        assert message.sender is not None
        if not self.has_opted_out(message.sender, message.to):
            self._add_reply(message, body).on_screen = True

    def _incoming_params(self, message: Message, media: int) -> dict[str, str]:
        params = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "From": message.sender or "",
            "FromCity": "",
            "FromCountry": "PT",
            "FromState": "",
            "FromZip": "",
            "MessageSid": message.sid,
            "NumMedia": str(media),
            "NumSegments": "1",
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to,
            "ToCity": "",
            "ToCountry": "US",
            "ToState": "",
            "ToZip": "",
        }
        for i in range(media):
            params[f"MediaUrl{i}"] = f"https://media.example/{message.sid}/{i}"
            params[f"MediaContentType{i}"] = "image/jpeg"
        return params

    def _carry_replies(self, message: Message, address: str, answer: requests.Response) -> list[str]:
        with self._lock:
            if message.answered:
                return []
            message.answered = answer.status_code == 200
        if answer.status_code >= 300:
            self.alerts.append(f"11200 {message.sid}: HTTP {answer.status_code}")
            return []
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if kind == "text/plain":
            return self._carry_reply(message, answer.text, None)
        if kind not in ("text/xml", "application/xml", "text/html"):
            self.alerts.append(f"12300 {message.sid}: content type {kind!r}")
            return []
        try:
            twiml = ElementTree.fromstring(answer.content)
        except ElementTree.ParseError as error:
            self.alerts.append(f"12100 {message.sid}: {error}")
            return []
        texts = []
        for i, element in enumerate(twiml.iter("Message")):
            if i >= MOST_REPLIES:
                self.alerts.append(f"14109 {message.sid}: more than {MOST_REPLIES} replies")
                break
            body = element.findtext("Body") or (element.text or "").strip()
            action = element.get("action") or element.get("statusCallback")
            texts += self._carry_reply(message, body, urljoin(address, action) if action else None)
        return texts

    def _carry_reply(self, message: Message, body: str, callback: str | None) -> list[str]:
        if not body or len(body) > LONGEST_BODY:
            self.alerts.append(f"14103 {message.sid}: a reply of {len(body)} characters")
            return []
        reply = self._add_reply(message, body, callback)
        self._set_off(reply)
        return [body] if reply.on_screen else []

    def _add_reply(self, message: Message, body: str, callback: str | None = None) -> Message:
        assert message.sender is not None
        return self._add(
            Message(
                sid=f"SM{uuid.uuid4().hex}",
                direction="outbound-reply",
                sender=message.to,
                to=message.sender,
                body=body,
                status="queued",
                created_at=utc_now(),
                status_callback=callback,
            )
        )

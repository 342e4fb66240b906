"""Texts that we send: refused or taken, delivered to their phone, and reported."""

import uuid
from urllib.parse import urlsplit

from tests.fake_carrier.channels import SMS, channel_of, is_phone
from tests.fake_carrier.faults import Fate, ReportFault
from tests.fake_carrier.messages import Message, utc_now
from tests.fake_carrier.refusal import Refusal
from tests.fake_carrier.state import CarrierState
from tests.fake_carrier.timetable import Plan

LONGEST_BODY = 1600


class Outgoing(CarrierState):
    def settle(self, timeout: float = 5.0) -> None:
        """Wait until every delivery report that was due has been made; TimeoutError after `timeout`."""
        self._timetable.wait_until_empty(timeout)

    def create(self, asked: dict[str, str]) -> Message:
        """A text we send. Raises Refusal as Twilio would."""
        sender, service, to = asked.get("From"), asked.get("MessagingServiceSid"), asked.get("To", "")
        by_template = asked.get("ContentSid")
        body = asked.get("Body", "") or f"{by_template} {asked.get('ContentVariables')}" * bool(by_template)
        if not to:
            raise Refusal(21604, "A 'To' phone number is required.")
        if not is_phone(to):
            raise Refusal(21211, f"Invalid 'To' Phone Number: {to}")
        if not sender and not service:
            raise Refusal(21603, "A 'From' phone number is required.")
        if sender and sender not in self.numbers:
            raise Refusal(
                21659, f"'From' {sender} is not a Twilio phone number or Short Code country mismatch"
            )
        if sender and channel_of(sender) != channel_of(to):
            raise Refusal(21910, "Invalid From and To pair. From and To should be of the same channel")
        if service and service != self.service_sid:
            raise Refusal(21701, "The Messaging Service resource does not exist")
        if not body:
            raise Refusal(21602, "Message body is required.")
        if len(body) > LONGEST_BODY:
            raise Refusal(21617, "The concatenated message body exceeds the 1600 character limit.")
        callback = asked.get("StatusCallback")
        if callback and (
            "_" in urlsplit(callback).netloc or not urlsplit(callback).scheme.startswith("http")
        ):
            raise Refusal(21609, "The StatusCallback URL is not a valid URL.")
        validity = asked.get("ValidityPeriod")
        if validity is not None and (not validity.isdigit() or not 1 <= int(validity) <= 36_000):
            raise Refusal(20001, f"ValidityPeriod {validity} is out of range")
        if to in self.refused:
            raise Refusal(self.refused[to], "This phone can't be texted")
        if self.has_opted_out(to, sender or service or ""):
            raise Refusal(21610, "Attempt to send to unsubscribed recipient")
        message = self._add(
            Message(
                sid=f"SM{uuid.uuid4().hex}",
                direction="outbound-api",
                sender=sender,
                to=to,
                body=body,
                status="accepted" if service else "queued",
                created_at=utc_now(),
                service_sid=service,
                status_callback=callback,
                validity_seconds=int(validity) if validity else None,
            )
        )
        self._set_off(message, by_template=bool(by_template))
        return message

    def _set_off(self, message: Message, *, by_template: bool = False) -> None:
        """Deliver a text to its phone, and make its reports one after the other."""
        if self.has_opted_out(message.to, message.sender or message.service_sid or ""):
            fate: Fate | None = Fate(21610, "failed")
        elif message.direction == "outbound-api" and message.to in self.window_over and not by_template:
            fate = Fate(63016, "failed")
        elif message.to in self.unreachable:
            fate = Fate(self.unreachable[message.to])
        else:
            fate = self.faults.of_text()
        message.on_screen = fate is None or fate.arrives
        fault = self.faults.of_reports()
        last = fate.status if fate else "delivered"
        steps: Plan = []
        wait = self._report_seconds
        if last != "failed":
            steps.append((wait, lambda: self._move(message, "sent")))
        steps.append((wait, lambda: self._move(message, last, fate.code if fate else None)))
        statuses = [last] if last == "failed" else ["sent", last]
        if last == "delivered" and channel_of(message.to) != SMS:
            steps.append((wait, lambda: self._move(message, "read")))
            statuses.append("read")
        reports = [(wait, lambda status=status: self._report(message, status)) for status in statuses]
        match fault.kind if fault else None:
            case ReportFault.LOST:
                plan = steps
            case ReportFault.LATE:
                assert fault is not None
                plan = [*steps, (fault.seconds, lambda: None), *reports]
            case ReportFault.DOUBLED:
                plan = [*steps, *(report for report in reports for _ in range(2))]
            case ReportFault.REORDERED:
                plan = [*steps, *reversed(reports)]
            case ReportFault.EARLY:
                for _, action in (*steps, *reports):
                    action()
                plan = []
            case _:
                plan = [one for pair in zip(steps, reports, strict=True) for one in pair]
        self._timetable.add(plan)

    def _move(self, message: Message, status: str, code: int | None = None) -> None:
        with self._lock:
            message.status, message.error_code = status, code
            message.sent_at = message.sent_at or utc_now()
            if message.sender is None:  # a Messaging Service has chosen one by now
                message.sender = self.number

    def _report(self, message: Message, status: str) -> None:
        if not message.status_callback:
            return
        params = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": message.sender or "",
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
        }
        if message.service_sid:
            params["MessagingServiceSid"] = message.service_sid
        if status in ("failed", "undelivered"):
            params["ErrorCode"] = str(message.error_code)
        answer = self.post_signed(message.status_callback, params)
        with self._lock:
            message.reports.append((status, answer.status_code if answer is not None else None))

"""A carrier for trying everything without an account. It sends nothing outside this installation."""

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from queue import SimpleQueue
from urllib.parse import urlencode
from urllib.request import Request

import structlog

from config.own_web import open_directly, own_url
from config.settings import Settings
from jobs.outbox.carrier import (
    Accepted,
    CarrierFailed,
    CarrierMessage,
    Outcome,
    TextToSend,
    Unknown,
    callback_url,
)
from models.people.addresses import Channel, spelled
from security.request_signatures import signed

log = structlog.get_logger(__name__)

REPORT_SECONDS = 3.0
STATUSES = {
    channel: ("sent", "delivered") if channel == Channel.SMS else ("sent", "delivered", "read")
    for channel in Channel
}


class PretendCarrier:
    """Texts appear on the pretend phones, and delivery reports are posted to our own webhook."""

    def __init__(
        self,
        settings: Settings,
        remember: Callable[[TextToSend, str], None],
        recall: Callable[[str, datetime, Channel], list[CarrierMessage]] | None = None,
        find: Callable[[str], CarrierMessage | None] | None = None,
    ) -> None:
        """`remember(message, carrier_sid)` shows a text; `recall` lists a phone's, `find` one by its sid."""
        self._settings = settings
        self._remember = remember
        self._recall, self._find = recall, find
        self._reports: SimpleQueue[tuple[TextToSend, str]] = SimpleQueue()
        self._reporter: threading.Thread | None = None
        self._starting = threading.Lock()

    def send(self, message: TextToSend) -> Outcome:
        carrier_sid = f"SM{uuid.uuid4().hex}"
        try:
            self._remember(message, carrier_sid)
        except Exception as fault:
            log.exception("pretend phone failed")
            return Unknown(f"fault ({type(fault).__name__})")
        self._reports.put((message, carrier_sid))
        with self._starting:
            if self._reporter is None:
                self._reporter = threading.Thread(
                    target=self._report_all, name="pretend reports", daemon=True
                )
                self._reporter.start()
        return Accepted(carrier_sid)

    def messages_to(
        self, phone: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        if self._recall is None:
            raise CarrierFailed("the pretend phones keep no list")
        return self._recall(phone, since, channel)

    def message(self, carrier_sid: str) -> CarrierMessage | Unknown:
        found = self._find(carrier_sid) if self._find is not None else None
        return found or Unknown("the pretend phones have no such text")

    def messages_from_customers(
        self, our_number: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        return []  # a pretend phone posts to our webhook directly, and shows if that failed

    def check(self, our_numbers: Sequence[str] = ()) -> list[str]:
        return []

    def connect_webhook(self, our_number: str, url: str) -> None:
        raise CarrierFailed("no carrier is configured: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN first")

    def _report_all(self) -> None:
        while True:
            message, carrier_sid = self._reports.get()
            for status in STATUSES[message.channel]:
                try:
                    self._report(message, carrier_sid, status)
                except Exception as fault:  # reports may be lost, as a real carrier's may
                    log.debug("pretend report lost", reason=type(fault).__name__)

    def _report(self, message: TextToSend, carrier_sid: str, status: str) -> None:
        params = {
            "AccountSid": self._settings.account_sid,
            "ApiVersion": "2010-04-01",
            "From": spelled(message.channel, message.sender),
            "MessageSid": carrier_sid,
            "MessageStatus": status,
            "SmsSid": carrier_sid,
            "SmsStatus": status,
            "To": spelled(message.channel, message.to),
        }
        url = callback_url(self._settings, message.reference)
        request = Request(
            url.replace(self._settings.public_url, own_url(self._settings), 1),
            data=urlencode(params).encode(),
            headers={"X-Twilio-Signature": signed(url, params, self._settings.auth_token)},
        )
        open_directly(request, timeout=REPORT_SECONDS).close()

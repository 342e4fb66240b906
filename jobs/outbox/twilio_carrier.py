"""Twilio as the carrier. The only file that imports its REST client; never touches the database.

Never sends twice: whatever is not known to have failed is reported as unknown.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from config.settings import Settings
from jobs.outbox.carrier import (
    CALL_LIMIT_SECONDS,
    Accepted,
    Busy,
    CarrierFailed,
    CarrierMessage,
    Failed,
    Outcome,
    Rejected,
    TextToSend,
    Unknown,
    callback_url,
)
from jobs.outbox.carrier_errors import error_text
from jobs.outbox.carrier_http import Call, CallAbandoned, CarrierHttp
from models.people.addresses import Channel, read_address, spelled
from models.texts.error_codes import RejectionKind, kind_of_error

if TYPE_CHECKING:
    from twilio.rest import Client

T = TypeVar("T")

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
LIST_LIMIT_SECONDS = 60.0  # several pages
TOO_MANY_TO_ONE_PHONE = 14107
CAPS = (RejectionKind.DAILY_CAP, RejectionKind.NETWORK_CAP)


class TwilioCarrier:
    """Twilio through its official client, one client per thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        call_limit_seconds: float = CALL_LIMIT_SECONDS,
    ) -> None:
        self._settings = settings
        self._call_limit = call_limit_seconds
        self._http = CarrierHttp(
            settings.twilio_api_url, connect_seconds=connect_seconds, read_seconds=read_seconds
        )
        self._ahead = timedelta(0)
        self._of_thread = threading.local()
        self._client()  # loads its modules now, so that the first text does not wait for them

    def send(self, message: TextToSend) -> Outcome:
        client = self._client()
        call = Call()
        try:
            created = call.run(lambda: self._create(client, message), limit=self._call_limit)
        except (TwilioRestException, TwilioServiceException) as refusal:
            return _outcome_of_error(refusal, call)
        except Exception as fault:
            reason = error_text(fault)
            if not call.connected and isinstance(fault, (OSError, CallAbandoned)):
                return Busy(reason=reason)
            return Unknown(reason)
        return _outcome_of(created)

    def messages_to(
        self, phone: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        # No filter by date: a text still queued at the carrier has none, and may be the one we look for.
        to = spelled(channel, phone)
        listed = self._list(lambda client, _: list(_read(client.messages.stream(to=to, page_size=1000))))
        oldest = since.astimezone(UTC).replace(microsecond=0)
        return [one for one in listed if one.direction.startswith("outbound") and one.created_at >= oldest]

    def message(self, carrier_sid: str) -> CarrierMessage | Unknown:
        try:
            [one] = self._ask(
                lambda client: list(_read([client.messages(carrier_sid).fetch()])), limit=self._call_limit
            )
        except CarrierFailed as failure:
            return Unknown(str(failure))
        return _shifted(one, self._ahead)

    def messages_from_customers(
        self, our_number: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        ours = spelled(channel, our_number)

        def fetch(client: "Client", ahead: timedelta) -> list[CarrierMessage]:
            oldest = since.astimezone(UTC).replace(microsecond=0) - ahead
            # The filter is documented for whole days only, and the carrier's clock may differ from ours.
            day = str((oldest - timedelta(hours=1)).date())
            found = []
            for one in _read(client.messages.stream(to=ours, date_sent_after=day, page_size=1000)):
                if one.created_at < oldest - timedelta(hours=1):  # newest first: the rest of the day is older
                    break
                if one.direction == "inbound" and one.created_at >= oldest:
                    found.append(one)
            return found

        return self._list(fetch)

    def check(self, our_numbers: Sequence[str] = ()) -> list[str]:
        try:
            # An API key may not be allowed to read the account; the token is, and must be right anyway.
            account = self._ask(lambda client: client.api.v2010.account.fetch(), with_token=True)
        except CarrierFailed as failure:
            return [f"Twilio doesn't accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or is away: {failure}"]
        problems = []
        if account.status != "active":
            problems.append(f"The Twilio account is {account.status}: Twilio's console says why.")
        try:
            for our_number in our_numbers:
                problems += self._problems_of_number(our_number)
            if self._settings.messaging_service_sid:
                problems += self._problems_of_service(self._settings.messaging_service_sid)
        except CarrierFailed as failure:
            problems.append(f"Twilio doesn't let us look at its settings: {failure}")
        return problems

    def webhook_of(self, our_number: str) -> tuple[str, str]:
        """The address that texts to our number go to, and the application that would override it."""
        found = self._find_number(our_number)
        if found is None:
            raise CarrierFailed(f"{our_number} is not a number of this Twilio account")
        return found.sms_url or "", found.sms_application_sid or ""

    def enable_number_webhooks(self) -> None:
        """Make the Messaging Service, if there is one, pass incoming texts to its numbers' webhooks."""
        sid = self._settings.messaging_service_sid
        if sid:
            self._ask(
                lambda client: client.messaging.v1.services(sid).update(use_inbound_webhook_on_number=True)
            )

    def connect_webhook(self, our_number: str, url: str) -> None:
        found = self._find_number(our_number)
        if found is None:
            raise CarrierFailed(f"{our_number} is not a number of this Twilio account")
        # An application, if set, would override the address.
        self._ask(lambda client: found.update(sms_url=url, sms_method="POST", sms_application_sid=""))

    def _create(self, client: "Client", message: TextToSend) -> Any:
        asked: dict[str, Any] = {
            "to": spelled(message.channel, message.to),
            "from_": spelled(message.channel, message.sender),
            **_content(message),
            "status_callback": callback_url(self._settings, message.reference),
        }
        if message.validity_seconds is not None:
            asked["validity_period"] = min(max(message.validity_seconds, 1), 36_000)
        # The service is for SMS alone: with an RCS sender in it, the carrier chooses the channel by itself.
        if self._settings.messaging_service_sid and message.channel == Channel.SMS:
            asked["messaging_service_sid"] = self._settings.messaging_service_sid
        return client.messages.create(**asked)

    def _problems_of_number(self, our_number: str) -> list[str]:
        found = self._find_number(our_number)
        if found is None:
            return [f"{our_number} is not a number of this Twilio account: correct the business's number."]
        problems = []
        if not (found.capabilities or {}).get("sms", True):
            problems.append(f"{our_number} can't send or receive texts: choose a number that can.")
        wanted = f"{self._settings.public_url}/webhooks/sms"
        there = (found.sms_url or "").partition("#")[0]  # what follows # is about retries
        if there != wanted or found.sms_method != "POST" or found.sms_application_sid:
            problems.append(
                f"Texts to {our_number} go to {there or 'nowhere'} instead of {wanted} by POST:"
                " run `flask twilio connect`."
            )
        return problems

    def _problems_of_service(self, sid: str) -> list[str]:
        service = self._ask(lambda client: client.messaging.v1.services(sid).fetch())
        if service.use_inbound_webhook_on_number:
            return []
        return [f"Messaging Service {sid} keeps incoming texts: run `flask twilio connect`."]

    def _find_number(self, our_number: str) -> Any:
        numbers = self._ask(
            lambda client: client.incoming_phone_numbers.list(phone_number=our_number, limit=20)
        )
        return next((number for number in numbers if number.phone_number == our_number), None)

    def _list(self, fetch: Callable[["Client", timedelta], list[CarrierMessage]]) -> list[CarrierMessage]:
        """What `fetch` lists, by our clock; `fetch` gets the time by which we are ahead of the carrier.

        An hour of difference must not make a text look as if it had never been created.
        """
        for _ in range(2):
            ahead = self._ahead
            listed = self._ask(lambda client: fetch(client, ahead))  # noqa: B023
            if self._ahead == ahead:
                break
        return [_shifted(one, ahead) for one in listed] if ahead else listed

    def _ask(
        self, question: Callable[["Client"], T], *, with_token: bool = False, limit: float | None = None
    ) -> T:
        client = self._client(with_token=with_token)
        call = Call()
        try:
            answer = call.run(
                lambda: question(client), limit=limit or max(LIST_LIMIT_SECONDS, self._call_limit)
            )
        except Exception as fault:
            raise CarrierFailed(error_text(fault)) from fault
        self._ahead = call.ahead_of_server
        return answer

    def _client(self, *, with_token: bool = False) -> "Client":
        # Imported here: only a real carrier needs its 0.2 s and 30 MB.
        from twilio.rest import Client  # noqa: PLC0415

        settings = self._settings
        if with_token or settings.api_key is None:
            name, user, password = "by_token", settings.account_sid, settings.auth_token
        else:
            name, user, password = "by_key", settings.api_key, settings.api_secret or ""
        if not hasattr(self._of_thread, name):
            client = Client(user, password, settings.account_sid, http_client=self._http)
            setattr(self._of_thread, name, client)
        found: Client = getattr(self._of_thread, name)
        return found


def _outcome_of_error(refusal: TwilioRestException | TwilioServiceException, call: Call) -> Outcome:
    """The outcome for an error answer: rejected, safe to send again, or unknown."""
    status = call.status or 500
    # If the code is missing the client uses the HTTP status: then a proxy answered, not the carrier.
    code = refusal.code if isinstance(refusal.code, int) and refusal.code != status else None
    kind = kind_of_error(code)
    reason = error_text(refusal)
    if status >= 500 or status == 408 or kind is RejectionKind.UNCONFIRMED:
        return Unknown(reason)
    if kind in CAPS:  # is a 429 too, but a retry before tomorrow is useless
        return Rejected(code, kind, reason)
    if status == 429 or kind is RejectionKind.BUSY:
        return Busy(call.retry_after, reason, this_text_only=code == TOO_MANY_TO_ONE_PHONE)
    if code is None and (status < 400 or status in (401, 403, 404, 405)):
        kind = RejectionKind.OUR_CONFIGURATION
    return Rejected(code, kind, reason)


def _content(message: TextToSend) -> dict[str, str]:
    """Never both: the carrier refuses words beside a template."""
    if message.template_sid is None:
        return {"body": message.body}
    places = {str(place): value for place, value in enumerate(message.variables, 1)}
    return {"content_sid": message.template_sid, "content_variables": json.dumps(places)}


def _outcome_of(created: Any) -> Outcome:
    if not isinstance(created.sid, str) or not re.fullmatch(r"(SM|MM)[0-9A-Za-z]{1,62}", created.sid):
        return Unknown("accepted without a readable sid")
    if created.status in ("failed", "undelivered", "canceled"):  # final: no report will follow
        return Failed(created.sid, created.error_code, kind_of_error(created.error_code))
    return Accepted(created.sid)


def _read(listed: Iterable[Any]) -> Iterable[CarrierMessage]:
    for one in listed:
        if not one.sid or one.date_created is None:
            raise CarrierFailed("a listed text has no sid or no date")
        yield CarrierMessage(
            carrier_sid=one.sid,
            direction=one.direction or "",
            sender=read_address(one.from_).phone if one.from_ else None,
            to=read_address(one.to or "").phone,
            body=one.body or "",
            status=one.status or "",
            error_code=one.error_code,
            created_at=one.date_created,
            sent_at=one.date_sent,
        )


def _shifted(one: CarrierMessage, ahead: timedelta) -> CarrierMessage:
    return replace(
        one, created_at=one.created_at + ahead, sent_at=one.sent_at + ahead if one.sent_at else None
    )

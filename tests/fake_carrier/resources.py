"""Texts and numbers as the JSON that Twilio answers with."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from tests.fake_carrier.messages import Message, OurNumber

Json = dict[str, Any]


def message_json(account_sid: str, one: Message) -> Json:
    return {
        "sid": one.sid,
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": one.body,
        "date_created": _rfc2822(one.created_at),
        "date_sent": _rfc2822(one.sent_at),
        "date_updated": _rfc2822(one.sent_at or one.created_at),
        "direction": one.direction,
        "error_code": one.error_code,
        "error_message": None,
        "from": one.sender,
        "messaging_service_sid": one.service_sid,
        "num_media": "0",
        "num_segments": "0" if one.service_sid and not one.sent_at else "1",
        "price": None,
        "price_unit": "USD",
        "status": one.status,
        "subresource_uris": {},
        "to": one.to,
        "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{one.sid}.json",
    }


def number_json(account_sid: str, one: OurNumber) -> Json:
    return {
        "sid": one.sid,
        "account_sid": account_sid,
        "phone_number": one.phone,
        "capabilities": {"voice": False, "sms": True, "mms": True},
        "sms_url": one.sms_url,
        "sms_method": one.sms_method,
        "sms_application_sid": one.sms_application_sid,
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None

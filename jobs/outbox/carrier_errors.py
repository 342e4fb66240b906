"""What went wrong in a call to the carrier, in one line without phone numbers."""

import re

from requests.exceptions import ConnectionError as NoConnection, SSLError, Timeout
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from jobs.outbox.carrier import CarrierFailed
from jobs.outbox.carrier_http import CallAbandoned

ERROR_TEXTS: tuple[tuple[type[Exception], str], ...] = (
    (Timeout, "no answer in time"),
    (SSLError, "no secure connection"),
    (NoConnection, "no connection, or a broken one"),
    (ValueError, "unreadable answer"),
)


def error_text(fault: Exception) -> str:
    """One line without phone numbers, so never the address that was asked."""
    if isinstance(fault, (CarrierFailed, CallAbandoned)):
        return str(fault)
    if isinstance(fault, TwilioRestException):
        return _without_phones(f"error {fault.code}: {fault.msg}")
    if isinstance(fault, TwilioServiceException):
        return _without_phones(f"error {fault.code}: {fault.detail or fault.title}")
    if isinstance(fault, TwilioException) and len(fault.args) > 1:  # a page of a list, with its response
        return f"{fault.args[0]}: HTTP {getattr(fault.args[1], 'status_code', '?')}"
    words = next((words for kind, words in ERROR_TEXTS if isinstance(fault, kind)), "fault")
    return f"{words} ({type(fault).__name__})"


def _without_phones(words: str) -> str:
    return re.sub(r"\+?\d{7,}", "…", words)[:200]

"""The carrier's error codes, sorted into the few kinds that we act upon.

One table, for refused sends and for delivery reports alike. What to do is decided elsewhere.
"""

from enum import StrEnum


class RejectionKind(StrEnum):
    BAD_NUMBER = "bad_number"  # this phone can't get texts
    OPTED_OUT = "opted_out"  # this phone wants no texts
    OUR_CONFIGURATION = "our_configuration"  # no text can leave until somebody repairs our account
    CONTENT = "content"  # these words can't be sent
    DAILY_CAP = "daily_cap"  # no more texts today
    BUSY = "busy"  # refused for now, nothing created: safe to send again
    PASSING = "passing"  # accepted, then failed: one retry, as a new text
    TOO_LATE = "too_late"  # its validity period ended before delivery
    UNCONFIRMED = "unconfirmed"  # it may have arrived all the same
    OTHER = "other"  # a code we don't know: shown, never retried automatically


# Codes as Twilio documents them at https://www.twilio.com/docs/api/errors
CODES: dict[RejectionKind, tuple[int, ...]] = {
    RejectionKind.BAD_NUMBER: (21211, 21612, 21614, 21635, 30005, 30006),
    RejectionKind.OPTED_OUT: (21610, 30004),
    RejectionKind.OUR_CONFIGURATION: (
        *(20003, 20005, 20404),  # credentials, account not active, address
        *(21212, 21603, 21606, 21609, 21659, 21660),  # our sender, our callback address
        *(21408, 21608),  # countries not enabled, trial account
        *(21701, 21703, 21705),  # Messaging Service
        *(30002, 30032, 30033, 30034, 30035),  # suspended or not registered
    ),
    RejectionKind.CONTENT: (21602, 21617, 30007, 30019, 30044),
    RejectionKind.DAILY_CAP: (30023, 30027, 63038),
    RejectionKind.BUSY: (14107, 20429, 21611),
    RejectionKind.PASSING: (30001, 30017, 30022, 30410, 30450, 30500),
    RejectionKind.TOO_LATE: (30036,),
    RejectionKind.UNCONFIRMED: (20500, 20503, 30003, 30008),
}
# Our configuration, but only some phones are affected: another country, or numbers a trial account lacks.
ABOUT_ONE_PHONE = (21408, 21608)
_KINDS = {code: kind for kind, codes in CODES.items() for code in codes}


def kind_of_error(code: int | None) -> RejectionKind:
    """The kind of a carrier's error code; OTHER if there is none or we don't know it."""
    return _KINDS.get(code, RejectionKind.OTHER) if code is not None else RejectionKind.OTHER

"""A manager's own phone: the one that texts the code of their page. That is proof and consent at once.

The code is derived like those of tickets, as short-lived, and good once: whoever saw it on a manager's screen
puts no phone of their own in its place. One that is used ends all that were shown before, whatever becomes of
the phone. No code is sent to a phone that was typed.
"""

import re
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alarms.choices import AlarmSettings
from models.people.servicers import IS_PROVED_MANAGER, Servicer
from models.queueing.messages.text_me import SLOT, SLOTS, code_in, drawn_code, slot_of
from models.storage.rate_limits import count_in, counted_in

USED = "alarm codes used"  # by a manager, of those of one day
WORD = "ALARM"
SHAPE = re.compile(rf"\W*{WORD}\W+(\w+)\W*", re.IGNORECASE)


def text_that_proves(session: Session, person: Servicer, now: datetime) -> str:
    slot = slot_of(now)
    return f"{WORD} {_code(person, slot, counted_in(session, USED, person.id, _day_of(slot)))}"


def alarm_code_in(text: str) -> str | None:
    """The code of a text that has nothing else. A name is none: a queue may have that word as its keyword."""
    found = SHAPE.fullmatch(text)
    return code_in(found[1]) if found else None


def prove_phone(session: Session, business_id: int, code: str, phone: str, now: datetime) -> Servicer | None:
    """The manager whose code this is: the phone is theirs now, and gets their alarms. Else None."""
    managers = select(Servicer).where(Servicer.business_id == business_id, *IS_PROVED_MANAGER)
    found = session.scalars(managers.order_by(Servicer.id)).all()
    person = next((each for each in found if code in _good_codes(session, each, now)), None)
    if person is None:
        return None
    session.refresh(person, with_for_update=True)
    if code not in _good_codes(session, person, now):  # another phone was first
        return None
    for day in _good_days(now):
        count_in(session, USED, person.id, day)
    person.set_phone(phone)
    person.phone_proved_at = now
    own = session.get(AlarmSettings, person.id) or AlarmSettings(servicer_id=person.id)
    own.by_text = True
    session.add(own)
    return person


def _good_codes(session: Session, person: Servicer, now: datetime) -> set[str]:
    used = {day: counted_in(session, USED, person.id, day) for day in _good_days(now)}
    return {_code(person, slot, used[_day_of(slot)]) for slot in _good_slots(now)}


def _good_days(now: datetime) -> set[datetime]:
    return {_day_of(slot) for slot in _good_slots(now)}


def _good_slots(now: datetime) -> range:
    return range(slot_of(now), slot_of(now) - SLOTS, -1)


def _code(person: Servicer, slot: int, used: int) -> str:
    parts = ["alarms", person.id, person.session_key, *([used] if used else []), slot]
    return drawn_code(" ".join(map(str, parts)))


def _day_of(slot: int) -> datetime:
    """When the day began in which a code of this slot is first shown: it is never another."""
    shown = datetime.fromtimestamp(slot * SLOT.total_seconds(), UTC)
    return shown.replace(hour=0, minute=0, second=0, microsecond=0)

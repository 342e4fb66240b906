"""A manager's own phone: the one that texts the code of their page. That is proof and consent at once.

The code is derived like those of tickets, as short-lived, and good once: whoever saw it on a manager's screen
puts no phone of their own in its place. No code is sent to a phone that was typed.
"""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alarms.choices import AlarmSettings
from models.people.servicers import IS_PROVED_MANAGER, Servicer
from models.queueing.messages.text_me import SLOTS, code_in, drawn_code, slot_of

WORD = "ALARM"
SHAPE = re.compile(rf"\W*{WORD}\W+(\w+)\W*", re.IGNORECASE)


def text_that_proves(person: Servicer, now: datetime) -> str:
    return f"{WORD} {_code(person, slot_of(now))}"


def alarm_code_in(text: str) -> str | None:
    """The code of a text that has nothing else. A name is none: a queue may have that word as its keyword."""
    found = SHAPE.fullmatch(text)
    return code_in(found[1]) if found else None


def prove_phone(session: Session, business_id: int, code: str, phone: str, now: datetime) -> Servicer | None:
    """The manager whose code this is: the phone is theirs now, and gets their alarms. Else None."""
    managers = select(Servicer).where(Servicer.business_id == business_id, *IS_PROVED_MANAGER)
    found = session.scalars(managers.order_by(Servicer.id)).all()
    person = next((each for each in found if code in _good_codes(each, now)), None)
    if person is None:
        return None
    session.refresh(person, with_for_update=True)
    if code not in _good_codes(person, now):  # another phone was first
        return None
    person.set_phone(phone)
    person.phone_proved_at = now
    own = session.get(AlarmSettings, person.id) or AlarmSettings(servicer_id=person.id)
    own.by_text = True
    session.add(own)
    return person


def _good_codes(person: Servicer, now: datetime) -> set[str]:
    return {_code(person, slot) for slot in range(slot_of(now), slot_of(now) - SLOTS, -1)}


def _code(person: Servicer, slot: int) -> str:
    proved = person.phone_proved_at.isoformat() if person.phone_proved_at else ""
    return drawn_code(f"alarms {person.id} {person.session_key} {proved} {slot}")

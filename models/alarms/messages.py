"""What is told of a trouble: a mail, a text, or both, each once by its key."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from models.alarms.choices import AlarmKind, Watcher
from models.people.account_mails import AccountMailKind, queue_account_mail
from models.people.business import OurNumber
from models.people.servicers import Servicer
from models.texts.outbox import put_in_outbox
from models.texts.text_kinds import TextKind


class Message(StrEnum):
    BEGAN = "began"
    OVER = "over"


MAILS = {Message.BEGAN: AccountMailKind.ALARM, Message.OVER: AccountMailKind.ALARM_OVER}
TEXTS = {Message.BEGAN: TextKind.ALARM, Message.OVER: TextKind.ALARM_OVER}


def send_message(
    session: Session,
    watcher: Watcher,
    message: Message,
    kind: AlarmKind,
    trouble_id: int,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """That texts fail is mailed to whoever wants to know it: a text would fail as well."""
    is_about_texts = kind == AlarmKind.TEXTS_FAILING
    person = session.get_one(Servicer, watcher.person.id)
    key, told = f"alarm:{trouble_id}:{message}", {"trouble": kind.value, **facts}
    if watcher.settings.by_mail or is_about_texts:
        queue_account_mail(
            session,
            MAILS[message],
            key=key,
            email=person.email,
            language=watcher.language,
            now=now,
            facts={"name": person.name, "business": person.business.name} | told,
        )
    ours = texted_by(session, person) if watcher.settings.by_text and not is_about_texts else None
    if ours is not None:
        put_in_outbox(
            session,
            TEXTS[message],
            key=key,
            our_number_id=ours.id,
            servicer_id=person.id,
            language=watcher.language,
            facts=told,
            now=now,
        )


def texted_by(session: Session, person: Servicer) -> OurNumber | None:
    """The number that may text them: only a phone that is shown to be theirs, and that has not opted out."""
    ours = person.business.sms_number
    is_theirs = person.phone_proved_at is not None and ours is not None
    return ours if is_theirs and ours is not None and person.can_be_texted(session, ours.id) else None

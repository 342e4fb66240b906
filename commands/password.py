"""`flask servicer password`: a new password for somebody who has forgotten theirs and can get no mail."""

from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from commands.command_line.account_types import Email, hashed, password_option
from commands.command_line.errors import Refused
from commands.command_line.groups import servicer
from models.people.account_mails import AccountMailKind, queue_mail_to_servicer
from models.people.actors import Actor
from models.people.audit_log import AuditAction, record_action
from models.people.browser_sessions import end_other_sessions
from models.people.mailed_links import end_links_of
from models.people.servicers import Servicer
from models.storage.database import transaction


@servicer.command("password")
@click.argument("email", type=Email())
@password_option
def set_password(email: str, password: str) -> None:
    """Set a new password for the account EMAIL.

    It asks for the password, signs the account out everywhere, and ends the links mailed to it.
    """
    password_hash = hashed(password)

    def work(session: Session) -> str:
        person = Servicer.by_email(session, email)
        if person is None:
            raise Refused(f"There is no account {email}. Nothing was changed.")
        _set(session, person, password_hash, datetime.now(UTC))
        return person.name

    click.echo(f"{transaction(work)} ({email}) has a new password and is signed out everywhere.")


def _set(session: Session, person: Servicer, password_hash: str, now: datetime) -> None:
    person.set_password(password_hash)
    end_links_of(session, person.id, now)
    end_other_sessions(session, person.id, but=None)
    queue_mail_to_servicer(session, AccountMailKind.PASSWORD_CHANGED, person, now)
    record_action(
        session,
        AuditAction.PASSWORD_CHANGED,
        business_id=person.business_id,
        now=now,
        actor=Actor.COMMAND,
        facts={"email": person.email},
    )

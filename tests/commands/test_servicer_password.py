"""`flask servicer password` lets somebody in again who forgot theirs, where no mail can reach them."""

from typing import Any

from sqlalchemy import select

from models.people.account_mails import AccountMail, AccountMailKind
from models.people.actors import Actor
from models.people.audit_log import AuditAction, AuditEntry
from models.people.browser_sessions import BrowserSession, begin_session
from models.people.business import Business
from models.people.servicers import Servicer
from models.storage.database import reading, transaction
from security.passwords import is_password
from tests.commands.conftest import Run, refusal
from tests.world import NOON, make_servicer

EMAIL, NEW = "mia@example.com", "battery staple"


def set_password(run: Run, email: str = EMAIL, password: str = NEW) -> Any:
    return run("servicer", "password", email, "--password-stdin", typed=password)


def test_the_new_password_works_and_every_browser_is_signed_out(run: Run, business: Business) -> None:
    mia = make_servicer(business, "Mia", email=EMAIL)
    transaction(lambda s: begin_session(s, s.get_one(Servicer, mia.id), browser="x", address="", now=NOON))
    result = set_password(run, "Mia@Example.com")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Mia (mia@example.com) has a new password and is signed out everywhere.\n"
    with reading() as session:
        now = session.get_one(Servicer, mia.id)
        assert is_password(NEW, now.password_hash)
        assert now.session_key != mia.session_key
        assert session.scalars(select(BrowserSession)).all() == []


def test_the_manager_reads_who_did_it_and_the_owner_gets_a_mail(run: Run, business: Business) -> None:
    make_servicer(business, "Mia", email=EMAIL)
    set_password(run)
    with reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.actor) == (AuditAction.PASSWORD_CHANGED, Actor.COMMAND)
        mail = session.scalars(select(AccountMail)).one()
        assert (mail.kind, mail.email) == (AccountMailKind.PASSWORD_CHANGED, EMAIL)


def test_an_unknown_account_and_a_short_password_are_refused_in_one_line(
    run: Run, business: Business
) -> None:
    mia = make_servicer(business, "Mia", email=EMAIL)
    assert "There is no account nia@example.com" in refusal(set_password(run, "nia@example.com"), 1)
    assert "too short" in refusal(set_password(run, password="short"), 2)
    with reading() as session:
        assert session.get_one(Servicer, mia.id).password_hash == mia.password_hash

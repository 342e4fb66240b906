"""Stopping a summary from its mail, without signing in: the address is signed, and names whom and what.

GET only shows, since mail programs open links by themselves. The POST is also what a mail program sends for
its own button (RFC 8058): without a session or a CSRF token, so the signature is the guard.
"""

from datetime import UTC, datetime

from flask import Blueprint, current_app, render_template
from sqlalchemy.orm import Session

from models.audit import Deed
from models.database import reading, transaction
from models.people import BY_MAIL, Servicer
from models.period import Period
from unsubscribing import whose_key
from web.language import speak
from web.noting import note_own

blueprint = Blueprint("stop_mails", __name__, url_prefix="/stop")


@blueprint.get("/<key>")
def show(key: str) -> str | tuple[str, int]:
    with reading() as session:
        found = _found(session, key)
        return _page(*found, is_done=False) if found else _over()


@blueprint.post("/<key>")
def stop(key: str) -> str | tuple[str, int]:
    now = datetime.now(UTC)

    def work(session: Session) -> str | None:
        found = _found(session, key)
        if found is None:
            return None
        servicer, period = found
        if getattr(servicer, BY_MAIL[period]):
            setattr(servicer, BY_MAIL[period], False)
            note_own(session, Deed.SETTINGS_CHANGED, servicer, now, what="summary stopped")
        return _page(servicer, period, is_done=True)

    return transaction(work) or _over()


def _found(session: Session, key: str) -> tuple[Servicer, Period] | None:
    named = whose_key(current_app.config["SECRET_KEY"], key)
    if named is None or named[1] not in list(Period):
        return None
    servicer = session.get(Servicer, named[0])
    return (servicer, Period(named[1])) if servicer and servicer.left_at is None else None


def _page(servicer: Servicer, period: Period, *, is_done: bool) -> str:
    business = servicer.business
    speak(business=business.language, zone=business.timezone)
    gets_it = getattr(servicer, BY_MAIL[period])
    return render_template(
        "web/account/stop_mails.html",
        business=business,
        is_week=period == Period.WEEK,
        is_done=is_done or not gets_it,
    )


def _over() -> tuple[str, int]:
    return render_template("web/account/stop_mails_over.html"), 410

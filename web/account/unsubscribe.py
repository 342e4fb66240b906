"""Unsubscribing from a summary mail without signing in: the signed address says whose and which summary.

GET changes nothing, because mail programs open links by themselves. They also send the POST for their own
unsubscribe button (RFC 8058), without session or CSRF token, so only the signature protects it.
"""

from datetime import UTC, datetime

from flask import Blueprint, current_app, render_template
from sqlalchemy.orm import Session

from models.people.audit_log import AuditAction
from models.people.servicers import BY_MAIL, Servicer
from models.people.summary_period import Period
from models.storage.database import reading, transaction
from security.signed_links import read_unsubscribe_key
from web.account.audit_notes import record_own
from web.http.headers import keep_address_secret
from web.http.language import use_language

blueprint = Blueprint("stop_mails", __name__, url_prefix="/stop")
blueprint.after_request(keep_address_secret)


@blueprint.get("/<key>")
def show(key: str) -> str | tuple[str, int]:
    with reading() as session:
        found = _found(session, key)
        return _page(*found, is_done=False) if found else _link_expired()


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
            record_own(session, AuditAction.SETTINGS_CHANGED, servicer, now, what="summary stopped")
        return _page(servicer, period, is_done=True)

    return transaction(work) or _link_expired()


def _found(session: Session, key: str) -> tuple[Servicer, Period] | None:
    named = read_unsubscribe_key(current_app.config["SECRET_KEY"], key)
    if named is None or named[1] not in list(Period):
        return None
    servicer = session.get(Servicer, named[0])
    return (servicer, Period(named[1])) if servicer and servicer.left_at is None else None


def _page(servicer: Servicer, period: Period, *, is_done: bool) -> str:
    business = servicer.business
    use_language(business=business.language, zone=business.timezone)
    is_subscribed = getattr(servicer, BY_MAIL[period])
    return render_template(
        "web/account/stop_mails.html",
        business=business,
        is_week=period == Period.WEEK,
        is_done=is_done or not is_subscribed,
    )


def _link_expired() -> tuple[str, int]:
    return render_template("web/account/stop_mails_over.html"), 410

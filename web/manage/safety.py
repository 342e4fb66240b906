"""The manager's safety settings: the daily limit of texts, and when customers are forgotten."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.validators import InputRequired, NumberRange

from models.people.audit_log import AuditAction
from models.people.business import Business
from models.storage.database import reading, transaction
from models.texts.daily_allowance import allowance
from web.account.audit_notes import record_own
from web.http.fields.number_field import WholeNumberField
from web.manage.guard import manager_blueprint, own_business

MOST_TEXTS, MOST_DAYS = 1_000_000, 3650
RANGE = _l("Enter a number from %(min)d to %(max)d.")

blueprint = manager_blueprint("manage_safety", "/safety")


class SafetyForm(FlaskForm):
    texts_per_day = WholeNumberField(
        _l("Most texts a day"),
        [InputRequired(RANGE % {"min": 1, "max": MOST_TEXTS}), NumberRange(1, MOST_TEXTS, RANGE)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    forget_after_days = WholeNumberField(
        _l("Forget customers after this many days"),
        [InputRequired(RANGE % {"min": 1, "max": MOST_DAYS}), NumberRange(1, MOST_DAYS, RANGE)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )


@blueprint.get("")
def show() -> str:
    with reading() as session:
        return _page(session, SafetyForm(formdata=None, obj=own_business(session)))


@blueprint.post("")
def change() -> Response | tuple[str, int]:
    form, now, me = SafetyForm(), datetime.now(UTC), current_user
    if not form.validate():
        with reading() as session:
            return _page(session, form), 422

    def work(session: Session) -> None:
        business = session.get_one(Business, me.business_id, with_for_update=True)
        before = {name: getattr(business, name) for name in form.data if name != "csrf_token"}
        changed = {name: form[name].data for name, was in before.items() if form[name].data != was}
        for name, value in changed.items():
            setattr(business, name, value)
        if changed:
            record_own(session, AuditAction.SETTINGS_CHANGED, me, now, **changed)

    transaction(work)
    flash(_("Saved."), "ok")
    return redirect(url_for("manage_safety.show"), 303)


def _page(session: Session, form: SafetyForm) -> str:
    left = allowance(session, own_business(session), datetime.now(UTC))
    return render_template("web/manage/safety.html", form=form, left=left)

"""Lets a manager choose their summaries by mail and by text, on their account page."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField

from models.people.servicers import BY_MAIL, BY_TEXT, Role, Servicer
from models.storage.database import reading, transaction
from web.manage.guard import manager_blueprint

SWITCHES = (*BY_MAIL.values(), *BY_TEXT.values())

blueprint = manager_blueprint("manage_summary", "/my-summary")


class SummaryForm(FlaskForm):
    gets_summary = BooleanField(_l("The daily summary by email"))
    wants_summary_texts = BooleanField(_l("The daily summary in one line, by text"))
    gets_weekly_summary = BooleanField(_l("The weekly summary by email"))
    wants_weekly_summary_texts = BooleanField(_l("The weekly summary in one line, by text"))


@blueprint.app_template_global("own_summary_form")
def own_summary_form() -> SummaryForm | None:
    """The form with the current settings; None for a servicer, who gets no summaries."""
    if current_user.role != Role.MANAGER:
        return None
    with reading() as session:
        me = session.get_one(Servicer, current_user.servicer_id)
    return SummaryForm(formdata=None, data={switch: getattr(me, switch) for switch in SWITCHES})


@blueprint.post("")
def change() -> Response:
    form = SummaryForm()
    chosen = {switch: bool(form[switch].data) for switch in SWITCHES}

    def work(session: Session) -> bool:
        me = session.get_one(Servicer, current_user.servicer_id, with_for_update=True)
        if me.phone is None and any(chosen[switch] for switch in BY_TEXT.values()):
            return False
        for switch, choice in chosen.items():
            setattr(me, switch, choice)
        return True

    if transaction(work):
        flash(_("Saved."), "ok")
    else:
        flash(_("Nothing was saved: to get summaries by text, save your phone number first."), "problem")
    return redirect(url_for("account.show"), 303)

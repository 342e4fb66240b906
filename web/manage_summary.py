"""Whether a manager gets the daily summary, by mail and by text: their own choice, on their account page."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField

from models.database import reading, transaction
from models.people import Role, Servicer
from web.managing import managers_part

blueprint = managers_part("manage_summary", "/my-summary")


class SummaryForm(FlaskForm):
    gets_summary = BooleanField(_l("The daily summary by mail"))
    wants_summary_texts = BooleanField(_l("The daily summary in one line, by text"))


@blueprint.app_template_global("own_summary_form")
def own_summary_form() -> SummaryForm | None:
    """As it is set now; None for somebody who is no manager, and gets no summary."""
    if current_user.role != Role.MANAGER:
        return None
    with reading() as session:
        me = session.get_one(Servicer, current_user.servicer_id)
    chosen = {"gets_summary": me.gets_summary, "wants_summary_texts": me.wants_summary_texts}
    return SummaryForm(formdata=None, data=chosen)


@blueprint.post("")
def change() -> Response:
    form = SummaryForm()
    by_mail, by_text = bool(form.gets_summary.data), bool(form.wants_summary_texts.data)

    def work(session: Session) -> bool:
        me = session.get_one(Servicer, current_user.servicer_id, with_for_update=True)
        if by_text and me.phone is None:
            return False
        me.gets_summary, me.wants_summary_texts = by_mail, by_text
        return True

    if transaction(work):
        flash(_("Saved."), "ok")
    else:
        flash(_("Nothing was saved: for the summary by text, save your phone first."), "problem")
    return redirect(url_for("account.show"), 303)

"""The manager's page of answers that servicers give with one press: one list for each language."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.sanitizing import sanitized
from bot.wording.canned_replies import replies_in, usual_replies
from bot.wording.gsm7 import segments, to_gsm
from bot.wording.sms_templates import language_choices
from models.storage.database import reading, transaction
from models.texts.canned_replies import own_replies, save_own_replies
from web.manage.guard import manager_blueprint, record_change
from web.manage.texts.views import language_to_begin_with, require_language

MOST_REPLIES = 12
LONGEST_REPLY = 100

blueprint = manager_blueprint("manage_texts_replies", "/replies")


@blueprint.get("")
def index() -> Response:
    return redirect(url_for("manage_texts_replies.show", language=language_to_begin_with()), 302)


@blueprint.get("/<language>")
def show(language: str) -> str:
    require_language(language)
    with reading() as session:
        replies = replies_in(own_replies(session, current_user.business_id), language)
    return _page(language, "\n".join(replies))


@blueprint.post("/<language>")
def save(language: str) -> Response | tuple[str, int]:
    """A list that is the usual one, or empty, is the usual one again."""
    require_language(language)
    typed, now = request.form.get("replies", ""), datetime.now(UTC)
    replies = list(dict.fromkeys(words for line in typed.splitlines() if (words := sanitized(line))))
    problem = _problem(replies)
    if problem is not None:
        return _page(language, typed, problem), 422
    own = None if replies in ([], list(usual_replies(language))) else replies

    def work(session: Session) -> None:
        save_own_replies(session, current_user.business_id, language, own, now=now)
        record_change(session, "answers with one press", now, language=language)

    transaction(work)
    flash(_("Saved.") if own else _("The standard answers are back."), "ok")
    return redirect(url_for("manage_texts_replies.show", language=language), 303)


def _problem(replies: list[str]) -> str | None:
    if len(replies) > MOST_REPLIES:
        return _("Use at most %(most)d answers.", most=MOST_REPLIES)
    for words in replies:
        if len(words) > LONGEST_REPLY or segments(to_gsm(words)) > 1:
            return _(
                "“%(words)s” is too long: use at most %(max)d characters.", words=words, max=LONGEST_REPLY
            )
        if not to_gsm(words).strip():
            return _("A text can't show %(signs)s. Write it in words.", signs=words)
    return None


def _page(language: str, typed: str, problem: str | None = None) -> str:
    return render_template(
        "web/manage/replies.html",
        spoken=language,
        choices=language_choices(),
        typed=typed,
        problem=problem,
        most=MOST_REPLIES,
    )

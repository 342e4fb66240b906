"""The manager's pages of text wording: all kinds in a language, one kind, its preview, back to the standard.

Wording that bot/wording/custom_wording.py rejects is not saved, and the page says why.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, ngettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.sanitizing import sanitized
from bot.wording.clock_form import has_twelve_hours
from bot.wording.custom_wording import (
    KINDS,
    SAMPLE,
    Fault,
    Finding,
    changeable_kinds,
    length,
    pieces_of,
    standard_words,
    why_not,
)
from bot.wording.gsm7 import beyond_gsm, segments, to_gsm, with_code
from bot.wording.placeholders import Unreadable
from bot.wording.rendering import in_custom_wording, render
from bot.wording.sms_templates import language_choices, languages
from models.people.custom_wording import all_custom_wording, save_custom_wording
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from web.manage.guard import manager_blueprint, own_business, record_change
from web.manage.texts.text_kinds import EXCEPT, GROUPS, OTHERS, PIECES, TITLES, WHEN

blueprint = manager_blueprint("manage_texts", "/texts")


@dataclass(frozen=True)
class Shown:
    """A text as a phone shows it, and what it costs."""

    text: str
    count: int  # segments
    letters: int
    # Letters outside GSM-7, which would limit a segment to 70 characters, and what replaces them; one that
    # is left out is named with its code.
    replaced: list[tuple[str, str]]
    problem: str | None

    @property
    def cost(self) -> str:
        counted = ngettext("%(num)d letter", "%(num)d letters", self.letters)
        if self.count > 1:
            return _(
                "Counts as %(count)s texts: %(letters)s, and one holds 160.",
                count=self.count,
                letters=counted,
            )
        return _("One text: %(letters)s of 160.", letters=counted)


@blueprint.get("")
def index() -> Response:
    return redirect(url_for("manage_texts.kinds", language=language_to_begin_with()), 302)


@blueprint.get("/<language>")
def kinds(language: str) -> str:
    require_language(language)
    with reading() as session:
        own = all_custom_wording(session, current_user.business_id, language)
        facts = _facts(session)
    said = {kind: _said(kind, language, own.get(kind), facts) for kind in changeable_kinds()}
    return render_template(
        "web/manage/texts.html",
        groups=_groups(said),
        titles=TITLES,
        own=own,
        said=said,
        spoken=language,
        choices=language_choices(),
    )


@blueprint.get("/<language>/<kind>")
def kind(language: str, kind: str) -> str:
    _require(language, kind)
    with reading() as session:
        own = all_custom_wording(session, current_user.business_id, language).get(kind)
    return _page(language, kind, own or standard_words(kind, language), is_own=own is not None)


@blueprint.post("/<language>/<kind>")
def save(language: str, kind: str) -> Response | tuple[str, int]:
    _require(language, kind)
    words = sanitized(request.form.get("words", ""))
    finding = why_not(kind, language, words)
    if finding is not None:
        return _page(
            language, kind, words, is_own=_has_own(language, kind), problem=_finding_text(finding)
        ), 422
    if words == standard_words(kind, language):
        return _save(language, kind, None, _("This is our standard text."))
    return _save(language, kind, words, _("Saved. This is what the text says from now on."))


@blueprint.post("/<language>/<kind>/preview")
def preview(language: str, kind: str) -> str:
    """Renders unsaved wording: the bubble alone for the script, else the whole page. Changes nothing."""
    _require(language, kind)
    words = sanitized(request.form.get("words", ""))
    if request.form.get("part"):
        return render_template("web/manage/text_preview.html", shown=_shown(language, kind, words))
    return _page(language, kind, words, is_own=_has_own(language, kind))


@blueprint.post("/<language>/<kind>/standard")
def standard(language: str, kind: str) -> Response | str:
    """Asked first where the business's own words would be lost."""
    _require(language, kind)
    with reading() as session:
        own = all_custom_wording(session, current_user.business_id, language).get(kind)
    if own is not None and "sure" not in request.form:
        return render_template("web/manage/text_standard.html", kind=kind, own=own, spoken=language)
    return _save(language, kind, None, _("Our standard text is back."))


# Helpers ------------------------------------------------------------------------------------------------


def _save(language: str, kind: str, words: str | None, notice: str) -> Response:
    business_id, now = current_user.business_id, datetime.now(UTC)

    def work(session: Session) -> None:
        save_custom_wording(session, business_id, kind, language, words, now=now)
        record_change(session, "text", now, kind=kind, language=language, own=words is not None)

    transaction(work)
    flash(notice, "ok")
    return redirect(url_for("manage_texts.kind", language=language, kind=kind), 303)


def language_to_begin_with() -> str:
    """The business's, if texts are written in it."""
    with reading() as session:
        spoken = own_business(session).language
    return spoken if spoken in languages() else languages()[0]


def require_language(language: str) -> None:
    if language not in languages():
        abort(404)


def _require(language: str, kind: str) -> None:
    require_language(language)
    if kind not in changeable_kinds():
        abort(404)


def _has_own(language: str, kind: str) -> bool:
    with reading() as session:
        return kind in all_custom_wording(session, current_user.business_id, language)


def _page(language: str, kind: str, words: str, *, is_own: bool, problem: str | None = None) -> str:
    with reading() as session:
        facts = _facts(session)
    elsewhere = {"number": 4, "queue": "Shaves", "keyword": "SHAVE"}
    all_at_once = facts | {"first": True, "held_by": "Shaves", "also": [elsewhere]}
    pieces = [
        (piece, PIECES.get(piece, ""), in_custom_wording(kind, f"{{{piece}}}", all_at_once, language))
        for piece in pieces_of(kind, language)
    ]
    return render_template(
        "web/manage/text.html",
        kind=kind,
        title=TITLES.get(kind, kind),
        when=WHEN.get(kind, ""),
        exception=EXCEPT.get(kind, ""),
        words=words,
        pieces=pieces,
        shown=_shown(language, kind, words, facts),
        standard=_said(kind, language, None, facts),
        is_own=is_own,
        problem=problem,
        spoken=language,
        choices=language_choices(),
    )


def _shown(language: str, kind: str, words: str, facts: dict[str, Any] | None = None) -> Shown:
    if facts is None:
        with reading() as session:
            facts = _facts(session)
    finding = why_not(kind, language, words)
    if finding is not None and finding.fault == Fault.LONG:  # everybody would wait while it is rendered
        return Shown("", 0, 0, [], _finding_text(finding))
    try:
        text = in_custom_wording(kind, words, facts, language)
    except (Unreadable, KeyError):
        text = ""
    problem = _finding_text(finding) if finding else None
    return Shown(text, segments(text), length(text), _replaced(words), problem)


def _replaced(words: str) -> list[tuple[str, str]]:
    found = [(sign, to_gsm(sign).strip()) for sign in beyond_gsm(words)]
    return [(sign if instead else with_code(sign), instead) for sign, instead in found]


def _said(kind: str, language: str, own: str | None, facts: dict[str, Any]) -> str:
    return render(KINDS[kind], facts, language, own=own)


def _facts(session: Session) -> dict[str, Any]:
    """Sample facts, with the names of the manager's own business."""
    business = own_business(session)
    mine = select(Queue).where(Queue.business_id == business.id, Queue.archived_at.is_(None))
    queue = session.scalars(mine.order_by(Queue.id)).first()
    address = current_app.config["SETTINGS"].public_url.rstrip("/")
    facts = SAMPLE | {"twelve_hours": has_twelve_hours(business.timezone)}
    facts |= {"business": business.name, "link": f"{address}/t/abcdefghijkmnopq"}
    if queue is not None:
        facts |= {"queue": queue.name, "keyword": queue.keyword}
        facts |= {"keywords": [queue.keyword], "suggestions": [queue.keyword]}
        facts |= {"desk": queue.desks[0].name} if queue.desks else {}
    return facts


def _groups(said: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Every kind once, by group; those in no group come last."""
    grouped = {kind for _title, members in GROUPS for kind in members}
    rest = [kind for kind in said if kind not in grouped]
    groups = [(str(title), [kind for kind in members if kind in said]) for title, members in GROUPS]
    return [*groups, (str(OTHERS), rest)]


def _finding_text(finding: Finding) -> str:
    what = finding.what
    piece = f"{{{what}}}"
    match finding.fault:
        case Fault.EMPTY:
            return _("A text can't be empty.")
        case Fault.LONG:
            return _("Use at most %(count)s letters.", count=what)
        case Fault.UNREADABLE:
            return _("There's a %(sign)s without its pair. { } and [ ] come in pairs.", sign=what)
        case Fault.UNKNOWN:
            return _("We don't know %(piece)s. Use one of the parts below.", piece=piece)
        case Fault.MISSING:
            return _("%(piece)s is missing. Everyone needs it, so it can't be in brackets.", piece=piece)
        case Fault.MAY_BE_NOTHING:
            return _(
                "Not everyone has %(piece)s. Put it in brackets with the words around it: [ %(piece)s "
                "], or [ %(piece)s | other words ].",
                piece=piece,
            )
        case Fault.NOT_CALLING:
            return _(
                "This text must start with “%(words)s”, because people wait for these words.", words=what
            )
        case Fault.CALLING:
            return _("Only the text that calls somebody may say “%(words)s”.", words=what)
        case Fault.NUMBER_NOT_FIRST:
            return _("The number they're called by must come before any other number.")
        case Fault.CONTACT_DETAILS:
            return _(
                "This text also goes to people who gave their phone number at the desk and never "
                "texted you. Leave out web addresses, email addresses and phone numbers."
            )
        case Fault.SEGMENTS:
            return _("That would take %(count)s texts. Shorten it to two at most.", count=what)
        case Fault.SEGMENTS_OF_LONG_NAMES:
            return _(
                "With long names that would take %(count)s texts. Shorten it to two at most.", count=what
            )

"""The manager's pages of boards of several queues: make one, set what it shows and says, remove it."""

from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.wording.sms_templates import language_choices
from models.queueing.door_codes import board_key_of
from models.queueing.tables.boards import (
    LONGEST_NAME,
    MOST_BOARDS,
    Board,
    add_board,
    messages_on,
    queues_on,
    remove_board,
    set_messages,
    set_queues,
)
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import reading, transaction
from web.manage.forms import name_field, spoken_of
from web.manage.guard import manager_blueprint, record_change
from web.manage.screens.board_form import BoardForm, shown_in_form

blueprint = manager_blueprint("manage_screens", "/screens")


class NewBoardForm(FlaskForm):
    name = name_field(_l("Name"), LONGEST_NAME, _l("Enter a name, such as Waiting room."))


@blueprint.get("")
def index() -> str:
    return _list(NewBoardForm(formdata=None))


@blueprint.post("/add")
def add() -> Response | tuple[str, int]:
    form, now = NewBoardForm(), datetime.now(UTC)
    if not form.validate():
        return _list(form), 422

    def work(session: Session) -> str:
        board = add_board(session, current_user.business_id, form.name.data, now=now)
        record_change(session, "board", now, name=board.name)
        return board.token

    try:
        token = transaction(work)
    except NotPossible:
        words = _("A business can have at most %(most)d boards. Remove one first.", most=MOST_BOARDS)
        form.name.errors = [words]
        return _list(form), 422
    return redirect(url_for("manage_screens.show", board_token=token), 303)


@blueprint.get("/<board_token>")
def show(board_token: str) -> str:
    with reading() as session:
        board = _own(session, board_token)
        shown = shown_in_form(queues_on(session, board), messages_on(session, board))
        form = BoardForm(_queues(session), formdata=None, obj=board, **shown, **spoken_of(board))
    return _page(board, form)


@blueprint.post("/<board_token>")
def save(board_token: str) -> Response | tuple[str, int]:
    now = datetime.now(UTC)
    with reading() as session:
        board = _own(session, board_token)
        queues = _queues(session)
    form = BoardForm(queues)
    if not form.validate():
        return _page(board, form), 422
    by_keyword = {queue.keyword: queue for queue in queues}

    def work(session: Session) -> None:
        mine = _own(session, board_token, is_to_be_changed=True)
        mine.name, mine.spoken_languages = form.name.data, form.spoken_languages
        set_queues(session, mine, [(by_keyword[keyword], colour) for keyword, colour in form.chosen])
        set_messages(session, mine, form.messages)
        record_change(session, "board", now, name=mine.name)

    transaction(work)
    flash(_("%(name)s is saved.", name=form.name.data), "ok")
    if _is_ambiguous([by_keyword[keyword] for keyword, _colour in form.chosen]):
        words = _(
            "Some of these queues have the same letter, or none. Set one for each in the queue's rules."
        )
        flash(words, "warning")
    return redirect(url_for("manage_screens.show", board_token=board_token), 303)


@blueprint.post("/<board_token>/remove")
def remove(board_token: str) -> Response:
    now = datetime.now(UTC)

    def work(session: Session) -> str:
        board = _own(session, board_token, is_to_be_changed=True)
        record_change(session, "board", now, name=board.name)
        remove_board(session, board)
        return board.name

    flash(_("%(name)s is removed. Its address shows nothing any more.", name=transaction(work)), "ok")
    return redirect(url_for("manage_screens.index"), 303)


def _list(form: NewBoardForm) -> str:
    with reading() as session:
        boards = [
            (board, [row.queue.name for row in queues_on(session, board)])
            for board in Board.of_business(session, current_user.business_id)
        ]
    return render_template("web/manage/boards.html", boards=boards, form=form)


def _page(board: Board, form: BoardForm) -> str:
    with reading() as session:
        mine = _own(session, board.token)
        key = board_key_of(mine.id, [row.queue for row in queues_on(session, mine)])
    given: dict[str, Any] = {"key": key, "site": current_app.config["SETTINGS"].public_url}
    return render_template(
        "web/manage/board.html", board=board, form=form, languages=language_choices(), **given
    )


def _own(session: Session, board_token: str, *, is_to_be_changed: bool = False) -> Board:
    """404 unless the board is the manager's business's."""
    board = Board.at(session, board_token)
    if board is None or board.business_id != current_user.business_id:
        abort(404)
    return session.get_one(Board, board.id, with_for_update=True) if is_to_be_changed else board


def _queues(session: Session) -> list[Queue]:
    return Queue.of_business(session, current_user.business_id)


def _is_ambiguous(queues: list[Queue]) -> bool:
    letters = [queue.prefix for queue in queues]
    return len(queues) > 1 and (not all(letters) or len(set(letters)) < len(letters))

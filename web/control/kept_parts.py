"""Parts of the servicer's page, each rendered once for all pages that show the same.

The key of a cached part is everything that it shows, so that it is never out of date; its forms have blanks
(blanks.py). Erased data is shown no more, but stays in the process's memory until newer parts replace it.
"""

from functools import lru_cache
from typing import NamedTuple

from flask import get_template_attribute

from models.queueing.hours.closing_time import Forecast
from models.queueing.tables.queue_states import QueueState
from web.control.at_counter import Other, Present
from web.control.blanks import AnyPresent, blank_press_id, rendering_blanks
from web.control.page import ControlPage, DeskChoice
from web.control.walk_in import Given, WalkIn
from web.http.times import Reader, current_reader

PARTS = "web/control/kept_parts.html"
SIDES_KEPT, OTHERS_KEPT, BUTTONS_KEPT = 200, 1_000, 200


class Side(NamedTuple):
    """The fields of a page that side.html shows; of the number waiting only whether anybody does."""

    keyword: str
    state: QueueState
    is_open: bool
    is_archived: bool
    takes_numbers: bool
    anybody_waits: bool
    present: AnyPresent | None
    is_on_duty: bool
    is_on_a_break: bool
    own_desk: str | None
    desks: tuple[DeskChoice, ...]
    closing: Forecast | None
    sent_away: int
    code: str | None

    @classmethod
    def of(cls, page: ControlPage) -> "Side":
        return cls(
            keyword=page.keyword,
            state=page.state,
            is_open=page.is_open,
            is_archived=page.is_archived,
            takes_numbers=page.takes_numbers,
            anybody_waits=page.waiting_count > 0,
            present=AnyPresent() if page.present else None,
            is_on_duty=page.is_on_duty,
            is_on_a_break=page.is_on_a_break,
            own_desk=page.own_desk,
            desks=page.desks,
            closing=page.closing,
            sent_away=page.sent_away,
            code=page.code.code if page.code else None,
        )


class Buttons(NamedTuple):
    """The fields of a page that next.html and more.html show."""

    keyword: str
    state: QueueState
    can_call: bool
    done_calls_next: bool
    has_elsewhere: bool
    present: AnyPresent | None

    @classmethod
    def of(cls, page: ControlPage) -> "Buttons":
        return cls(
            keyword=page.keyword,
            state=page.state,
            can_call=page.can_call,
            done_calls_next=page.done_calls_next,
            has_elsewhere=page.has_elsewhere,
            present=_any_present(page.present) if page.present else None,
        )


def _any_present(present: Present) -> AnyPresent:
    return AnyPresent(
        started=present.started is not None,
        may_come_soon=present.may_come_soon,
        coming=present.coming is not None,
    )


def next_part(page: ControlPage) -> str:
    """The main button."""
    return _buttons("next", Buttons.of(page), current_reader())


def more_part(page: ControlPage) -> str:
    """The other buttons."""
    return _buttons("more", Buttons.of(page), current_reader())


def side_part(page: ControlPage, walk_in: WalkIn, given: Given | None, *, still: bool) -> str:
    """Cached unless the form for a walk-in has been filled in, or a walk-in has just got a number."""
    side = Side.of(page)
    if given is not None or walk_in != WalkIn():
        return _rendered("side", side, walk_in, given, still)
    return _side(side, still, current_reader())


def other_parts(page: ControlPage) -> list[str]:
    """Each colleague at the counter."""
    reader, is_free = current_reader(), page.present is None
    return [_other(other, page.keyword, is_free, reader) for other in page.others]


@lru_cache(SIDES_KEPT)
def _side(side: Side, still: bool, _reader: Reader) -> str:
    return _rendered("side", side, WalkIn(), None, still)


@lru_cache(OTHERS_KEPT)
def _other(other: Other, keyword: str, is_free: bool, _reader: Reader) -> str:
    """`is_free`: the servicer who looks has no customer, and so could take over the colleague's."""
    return _rendered("other", other, keyword, is_free)


@lru_cache(BUTTONS_KEPT)
def _buttons(part: str, buttons: Buttons, _reader: Reader) -> str:
    return _rendered(part, buttons)


def _rendered(part: str, *arguments: object) -> str:
    """The macro of this name; its result is HTML, which a template does not escape again."""
    with rendering_blanks():
        html: str = get_template_attribute(PARTS, part)(*arguments, blank_press_id)
    return html

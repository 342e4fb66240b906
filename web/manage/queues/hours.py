"""The manager's pages of opening hours and holidays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import By
from models.queueing.hours.opening_hours import (
    MOST_HOLIDAYS,
    OpeningHours,
    change_hours,
    clear_holiday,
    has_room_for_holiday,
    holidays_from,
    holidays_of,
    hours_of,
    is_open_outside_hours,
    opening_within_a_week,
    set_holiday,
)
from models.queueing.hours.timetable import EVERY_DAY, MIDNIGHT, Timetable, time_of_day
from models.queueing.opening import close_queue, sends_away
from models.queueing.setup.staff import lock_staff
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from web.customer.turned_away import opening_text
from web.manage.forms import HolidayForm
from web.manage.guard import manager_blueprint, own_business, own_queue
from web.manage.queues.hours_words import day_in_words, weekday_name
from web.manage.queues.views import change, to_queue

# What becomes of a queue that is open while its new hours say that it is closed.
CLOSE, KEEP = "close", "keep"
USUAL_DAYS = range(5)
USUAL_HOURS = ("09:00", "17:00")

blueprint = manager_blueprint("manage_queues_hours")


class AsksFirst(Exception):
    """The hours leave the queue open now, and nobody has said whether they should."""


@dataclass
class TypedDay:
    """A row of the form, as typed; `problem` is its validation error."""

    day: int
    is_open: bool
    opens: str
    closes: str
    problem: str | None = None

    @property
    def name(self) -> str:
        return weekday_name(self.day)

    def hours(self) -> tuple[time, time] | None:
        """Opening and closing time; None if closed that day or invalid, which sets `problem`."""
        if not self.is_open:
            return None
        opens, closes = time_of_day(self.opens), time_of_day(self.closes)
        if opens is None or closes is None:
            self.problem = _("Write both times like 09:00.")
        elif opens == closes != MIDNIGHT:  # from midnight to midnight it is open the whole day
            self.problem = _("It can't close at the time it opens. Change one of them.")
        else:
            return opens, closes
        return None


@dataclass
class TypedHours:
    by_clock: bool
    days: list[TypedDay]
    problem: str | None = None
    asked: dict[int, tuple[time, time] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Mapping[int, OpeningHours]) -> "TypedHours":
        days = []
        for day in EVERY_DAY:
            row = rows.get(day)
            is_open = row is not None if rows else day in USUAL_DAYS
            opens, closes = (f"{row.opens_at:%H:%M}", f"{row.closes_at:%H:%M}") if row else USUAL_HOURS
            days.append(TypedDay(day, is_open, opens, closes))
        return cls(bool(rows), days)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "TypedHours":
        days = [
            TypedDay(
                day,
                f"open-{day}" in form,
                form.get(f"opens-{day}", "")[:5],
                form.get(f"closes-{day}", "")[:5],
            )
            for day in EVERY_DAY
        ]
        return cls(form.get("by") == "clock", days)

    def check(self) -> bool:
        """Validate: sets `asked`, or the problems."""
        if not self.by_clock:
            self.asked = dict.fromkeys(EVERY_DAY)
            return True
        self.asked = {each.day: each.hours() for each in self.days}
        if any(each.problem for each in self.days):
            return False
        if not any(self.asked.values()):
            self.problem = _("Tick at least one day, or choose “By hand only”.")
        return self.problem is None


@blueprint.get("/queues/<keyword>/hours")
def hours(keyword: str) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
        typed = TypedHours.of(hours_of(session, queue.id))
        day = day_in_words(session, queue, datetime.now(UTC))
    return render_template("web/manage/hours.html", queue=queue, typed=typed, day=day)


@blueprint.post("/queues/<keyword>/hours")
def save_hours(keyword: str) -> Response | str | tuple[str, int]:
    typed = TypedHours.from_form(request.form)
    if not typed.check():
        with reading() as session:
            queue = own_queue(session, keyword)
        return render_template("web/manage/hours.html", queue=queue, typed=typed), 422

    answer = request.form.get("now")

    def verb(session: Session, queue: Queue, by: By, now: datetime) -> bool:
        changed = change_hours(session, queue, typed.asked, now=now)
        if changed and is_open_outside_hours(session, queue, now):
            if answer not in (CLOSE, KEEP):
                raise AsksFirst
            if answer == CLOSE:
                close_queue(session, queue, by=by, now=now)
        return changed

    try:
        changed = change(keyword, verb, "hours")
    except AsksFirst:
        return _ask_about_now(keyword, typed)
    flash(_("Hours saved.") if changed else _("These are already its hours."), "ok")
    return to_queue(keyword)


def _ask_about_now(keyword: str, typed: TypedHours) -> str:
    """Nothing is saved yet: by these hours it is closed now, and it is open."""
    with reading() as session:
        queue = own_queue(session, keyword)
        hours = {day: times for day, times in typed.asked.items() if times}
        timetable = Timetable(queue.business.zone, hours, holidays_of(session, queue.business_id))
        opening = opening_within_a_week(timetable, datetime.now(UTC))
        count = sends_away(session, queue)
    opens = opening_text(opening) if opening else ""
    answers = {"close": CLOSE, "keep": KEEP}
    return render_template(
        "web/manage/hours_now.html", queue=queue, typed=typed, opens=opens, count=count, **answers
    )


# Holidays, of the whole business ------------------------------------------------------------------------


@blueprint.get("/holidays")
def holidays() -> str:
    return _holidays_page(HolidayForm(formdata=None))


@blueprint.post("/holidays/add")
def add_holiday() -> Response | tuple[str, int]:
    form = HolidayForm()
    if form.validate() and form.day.data < _today():
        form.day.errors = [_("That day has passed.")]
    if form.errors or not form.day.data or form.day.errors:
        return _holidays_page(form), 422
    day, name = form.day.data, form.name.data or None
    business_id = current_user.business_id
    today = _today()

    def work(session: Session) -> bool | None:
        lock_staff(session, business_id)
        may = has_room_for_holiday(session, business_id, day, today)
        return set_holiday(session, business_id, day, name) if may else None

    is_new = transaction(work)
    if is_new is None:
        most = _("You can have at most %(most)d upcoming holidays. Add this one later.", most=MOST_HOLIDAYS)
        form.day.errors = [most]
        return _holidays_page(form), 422
    flash(
        _("Queues won't open automatically on that day.") if is_new else _("That's already a holiday."), "ok"
    )
    if day == _today() and _somebody_is_open():
        flash(_("Queues that are open now stay open and close at their usual time."), "warning")
    return redirect(url_for("manage_queues_hours.holidays"), 303)


@blueprint.post("/holidays/remove")
def remove_holiday() -> Response:
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        flash(_("That day isn't a holiday."), "warning")
        return redirect(url_for("manage_queues_hours.holidays"), 303)
    business_id = current_user.business_id
    was_one = transaction(lambda session: clear_holiday(session, business_id, day))
    flash(_("Queues open on that day again.") if was_one else _("That day isn't a holiday."), "ok")
    return redirect(url_for("manage_queues_hours.holidays"), 303)


def _holidays_page(form: HolidayForm) -> str:
    with reading() as session:
        found = holidays_from(session, current_user.business_id, _today())
    return render_template("web/manage/holidays.html", form=form, holidays=found)


def _today() -> date:
    with reading() as session:
        return datetime.now(UTC).astimezone(own_business(session).zone).date()


def _somebody_is_open() -> bool:
    with reading() as session:
        mine = (Queue.business_id == current_user.business_id, Queue.state != QueueState.CLOSED)
        return session.query(Queue.id).where(*mine).first() is not None

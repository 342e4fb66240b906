"""The manager's start page: the state of each queue, and what needs attention. Reads only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from babel import Locale
from flask import render_template, url_for
from flask_babel import get_locale, gettext as _, ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import SUSPICIONS
from models.people.business import Business
from models.people.refused_countries import refused_lately
from models.queueing.duties import on_duty
from models.queueing.line.waits import needs_backup
from models.queueing.setup.first_steps import FirstSteps, first_steps
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.storage.heartbeats import CLOCK_GONE_AFTER, last_seen
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from web.customer.queue_page import PublicQueue, public_queue, readable_address
from web.manage.guard import manager_blueprint, own_business

A_DAY = timedelta(days=1)
NEWEST_TEXTS = 2000  # only these are counted, so that the page stays fast

blueprint = manager_blueprint("manage")


class QueueNow(NamedTuple):
    queue: Queue
    page: PublicQueue
    on_duty: tuple[str, ...]  # "Rosa", "Luis at Desk 2"

    @property
    def needs_backup(self) -> bool:
        return needs_backup(self.queue, self.page.waiting_count, self.page.wait)


class Concern(NamedTuple):
    """Something that needs the manager's attention, with a link to the page for it."""

    words: str
    link: str | None = None
    does: str = ""
    is_grave: bool = True


class Step(NamedTuple):
    """One of the first steps of a new business, with a link to where it is done."""

    title: str
    words: str
    link: str | None
    is_done: bool


@blueprint.get("", strict_slashes=False)
def overview() -> str:
    now = datetime.now(UTC)
    with reading() as session:
        business = own_business(session)
        mine = select(Queue).where(Queue.business_id == business.id, Queue.archived_at.is_(None))
        found = session.scalars(mine.order_by(Queue.name)).all()
        queues = [
            QueueNow(queue, public_queue(session, queue, now), _staff(session, queue)) for queue in found
        ]
        concerns = [*_of_business(session, business, now), *_of_queues(queues)]
        taken = first_steps(session, business, now)
        steps = _steps(taken, business, queues[0].page if queues else None) if taken else []
    return render_template("web/manage/overview.html", queues=queues, concerns=concerns, steps=steps, now=now)


def _steps(taken: FirstSteps, business: Business, page: PublicQueue | None) -> list[Step]:
    """The first queue's, where a step is about one."""
    poster = url_for("display.poster", keyword=page.address) if page else None
    return [
        Step(
            _("Add a queue"),
            _("Each queue has a keyword that customers text, and its own line."),
            url_for("manage_queues.new"),
            taken.has_queue,
        ),
        Step(
            _("Get a number to text"),
            _("Whoever runs this installation gives it to you. You'll find it under Settings."),
            url_for("manage_settings.show"),
            taken.has_number,
        ),
        Step(_("Text it yourself"), _test_words(business, page), None, taken.has_text),
        Step(
            _("Print the poster"),
            _("Scan its code and take a number, as a customer would."),
            poster,
            taken.has_scan,
        ),
        Step(
            _("Invite your team"),
            _("Everyone signs in with their own account."),
            url_for("manage_invite.show"),
            taken.has_people,
        ),
    ]


def _test_words(business: Business, page: PublicQueue | None) -> str:
    if page is None or not business.numbers:
        return _(
            "Once you have a queue and a number, text the keyword from your own phone and call yourself."
        )
    return _(
        "Text %(keyword)s to %(number)s from your own phone, then call yourself on the control page.",
        keyword=page.keyword,
        number=readable_address(business.numbers[0].address),
    )


def _staff(session: Session, queue: Queue) -> tuple[str, ...]:
    people = []
    for duty in on_duty(session, queue.id):
        desk = session.get(Desk, duty.desk_id) if duty.desk_id is not None else None
        name = duty.servicer.name
        people.append(_("%(name)s at %(desk)s", name=name, desk=desk.name) if desk else name)
    return tuple(people)


def _of_business(session: Session, business: Business, now: datetime) -> Iterator[Concern]:
    settings = url_for("manage_settings.show")
    seen_at = last_seen(session, now)
    if seen_at is None or now - seen_at > CLOCK_GONE_AFTER:
        yield Concern(
            _(
                "The background process isn't running, so no texts go out. Tell whoever runs "
                "this installation."
            )
        )
    if not business.numbers:
        words = _("There's no phone number yet. Nobody can join by text, and we can't send texts.")
        yield Concern(words, settings, _("Go to settings"))
    for number in business.numbers:
        if number.held_at is not None:
            about = {"phone": readable_address(number.address), "reason": number.held_reason}
            if number.held_kind in SUSPICIONS:
                words = _("Only calls go out from %(phone)s: %(reason)s.", **about)
            else:
                words = _("No texts go out from %(phone)s: %(reason)s.", **about)
            yield Concern(words, settings, _("Go to the number"))
        refused = refused_lately(session, number, now)
        if refused:
            words = _(
                "Phones from another country texted and got no answer: %(countries)s. Whoever runs "
                "this installation can allow a country with ALLOWED_COUNTRIES.",
                countries=", ".join(country_name(one.country) for one in refused),
            )
            yield Concern(words, is_grave=False)
    failed, ticket_id = _texts_failed(session, business, now)
    if failed:
        words = ngettext(
            "%(num)d text didn't arrive in the last 24 hours.",
            "%(num)d texts didn't arrive in the last 24 hours.",
            failed,
        )
        yield Concern(words, _page_of(session, ticket_id), _("See the last one"), is_grave=False)


def _page_of(session: Session, ticket_id: int | None) -> str | None:
    if ticket_id is None:
        return None
    ticket = session.get_one(Ticket, ticket_id)
    return url_for("control.ticket", keyword=ticket.queue.keyword, ticket_id=ticket.id)


def country_name(country: str) -> str:
    return (get_locale() or Locale("en")).territories.get(country, country)


def _of_queues(queues: list[QueueNow]) -> Iterator[Concern]:
    for each in queues:
        name, count = each.page.name, each.page.waiting_count
        link, does = url_for("control.show", keyword=each.page.keyword), _("Open the control page")
        if count and not each.on_duty:
            words = ngettext(
                "%(num)d person is waiting for %(queue)s, and nobody is on duty.",
                "%(num)d people are waiting for %(queue)s, and nobody is on duty.",
                count,
                queue=name,
            )
            yield Concern(words, link, does)
        elif each.needs_backup:
            words = ngettext(
                "%(num)d person is waiting for %(queue)s: over its limit. Send backup.",
                "%(num)d people are waiting for %(queue)s: over its limit. Send backup.",
                count,
                queue=name,
            )
            yield Concern(words, link, does)
        if each.page.is_full:
            words = _("%(queue)s is full, so new customers are turned away.", queue=name)
            yield Concern(words, link, does, is_grave=False)


def _texts_failed(session: Session, business: Business, now: datetime) -> tuple[int, int | None]:
    """How many, and the newest ticket of which one failed."""
    texts = OutboundMessage.__table__
    newest = (
        select(texts.c.our_number_id, texts.c.state, texts.c.created_at, texts.c.ticket_id)
        .order_by(texts.c.id.desc())
        .limit(NEWEST_TEXTS)
        .subquery()
    )
    ours = [number.id for number in business.numbers]
    failed = (
        newest.c.our_number_id.in_(ours),
        newest.c.state.in_((TextState.FAILED, TextState.REJECTED)),
        newest.c.created_at > now - A_DAY,
    )
    found = select(func.count(), func.max(newest.c.ticket_id)).select_from(newest).where(*failed)
    count, ticket_id = session.execute(found).one()
    return count, ticket_id

"""Makes a restored database harmless: it must send no old text or mail, answer none, and end all sessions.

Works on reflected tables, in the transaction that fills them, so that there is never a restored database that
would send. Adds no event, as nothing happened to any ticket.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, update
from sqlalchemy.orm import Session

from models.people.business import DAY_START_HOUR, SUMMARY_HOUR, Business
from models.people.summary_period import Period
from models.storage.dump import HEARTBEAT_TABLES, empty

RESTORED = "restored from a backup"
LONG_AGO = timedelta(hours=12)
OPEN_TEXTS = ("waiting", "sending", "unknown")
OPEN_MAILS = ("waiting", "sending")
MAILS = {"summary_mails": "expired", "letters": "dropped"}
"""Tables of mails, and the state of one that is never sent."""


def count_unsent(session: Session, tables: Mapping[str, Table]) -> tuple[int, int]:
    """How many texts and how many mails a clock would still send."""
    texts = mails = 0
    if "outbound_messages" in tables:
        texts = _count(session, tables["outbound_messages"], _is_unsent(tables["outbound_messages"]))
    for name in MAILS:
        if name in tables:
            mails += _count(session, tables[name], tables[name].c.state.in_(OPEN_MAILS))
    return texts, mails


def neutralize(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Expire unsent texts, mails and questions, end sessions, links, keys and troubles, turn webhooks
    off, and ignore texts of until now.

    The clocks that had left heartbeats run no longer.
    """
    _expire_texts(session, tables, now)
    _expire_mails(session, tables)
    _end_sessions_and_links(session, tables, now)
    _end_troubles(session, tables, now)
    _turn_webhooks_off(session, tables, now)
    _clear_deadlines(session, tables, now)
    empty(session, tables.values(), HEARTBEAT_TABLES)
    if "our_numbers" in tables:
        numbers = tables["our_numbers"]
        session.execute(
            update(numbers).values(_existing_columns(numbers, read_until=now, next_text_after=None))
        )
    if "businesses" in tables:
        _mark_summaries_sent(session, tables["businesses"], now)


def _expire_texts(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    if "outbound_messages" in tables:
        texts = tables["outbound_messages"]
        left = {"lease_until": None, "settle_after": None, "claimed_by": None}
        session.execute(
            update(texts)
            .where(_is_unsent(texts))
            .values(_existing_columns(texts, state="expired", error=RESTORED, **left))
        )
        session.execute(
            update(texts)
            .where(texts.c.state.in_(OPEN_TEXTS))
            .values(_existing_columns(texts, state="accepted", **left))
        )
        if "settle_after" in texts.c:
            session.execute(update(texts).where(texts.c.settle_after.is_not(None)).values(settle_after=None))
    if "open_questions" in tables:
        session.execute(tables["open_questions"].delete())  # whoever answers now does not mean those
    if "inbound_messages" in tables:
        replies = tables["inbound_messages"]
        if "reply_settle_after" in replies.c:
            session.execute(update(replies).values(reply_settle_after=None))


def _expire_mails(session: Session, tables: Mapping[str, Table]) -> None:
    for name, state in MAILS.items():
        if name in tables:
            mails = tables[name]
            is_open = mails.c.state.in_(OPEN_MAILS)
            session.execute(
                update(mails).where(is_open).values(state=state, lease_until=None, error=RESTORED)
            )


def _end_sessions_and_links(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Some may have been revoked since the backup: people sign in again, ask for a new link, make a key, and
    pair their tablets again."""
    if "browser_sessions" in tables:
        session.execute(tables["browser_sessions"].delete())
    if "links" in tables:
        links = tables["links"]
        session.execute(update(links).where(links.c.ended_at.is_(None)).values(ended_at=now))
    if "api_keys" in tables:
        keys = tables["api_keys"]
        session.execute(update(keys).where(keys.c.revoked_at.is_(None)).values(revoked_at=now))
    if "kiosks" in tables:
        session.execute(tables["kiosks"].delete())


def _end_troubles(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Nobody is told that one of before the backup is over; what is wrong now is a new one."""
    if "troubles" in tables:
        troubles = tables["troubles"]
        session.execute(update(troubles).where(troubles.c.over_at.is_(None)).values(over_at=now))


def _turn_webhooks_off(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """A copy says nothing for the installation that it was made from; managers turn on what is theirs."""
    if "webhook_endpoints" in tables:
        endpoints = tables["webhook_endpoints"]
        is_on = endpoints.c.off_at.is_(None)
        session.execute(update(endpoints).where(is_on).values(off_at=now, off_reason="restored"))
    if "webhook_deliveries" in tables:
        deliveries = tables["webhook_deliveries"]
        is_open = deliveries.c.state.in_(OPEN_MAILS)
        given_up = {"state": "given_up", "lease_until": None, "claimed_by": None}
        session.execute(update(deliveries).where(is_open).values(given_up))


def _clear_deadlines(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Remind nobody of a call before the backup, and tell nobody "nearly up" for a line of an earlier day."""
    if "tickets" not in tables:
        return
    tickets = tables["tickets"]
    called = tickets.c.state == "called"
    session.execute(
        update(tickets)
        .where(called)
        .values(_existing_columns(tickets, remind_after=None, no_show_after=None))
    )
    old = tickets.c.joined_at < now - LONG_AGO
    session.execute(
        update(tickets)
        .where(tickets.c.state == "waiting", old)
        .values(alerted_at=func.coalesce(tickets.c.alerted_at, now))
    )


def _mark_summaries_sent(session: Session, businesses: Table, now: datetime) -> None:
    for row in session.execute(select(businesses)).mappings().all():
        known = Business(
            timezone=row["timezone"],
            day_start_hour=row.get("day_start_hour", DAY_START_HOUR),
            summary_hour=row.get("summary_hour", SUMMARY_HOUR),
        )
        for period in Period:
            column, last = f"summarized_{period}", known.last_summary(period, now)
            if column in row and (row[column] is None or row[column] < last):
                this_one = businesses.c.id == row["id"]
                session.execute(update(businesses).where(this_one).values({column: last}))


def _is_unsent(texts: Table) -> ColumnElement[bool]:
    """Not known to the carrier, as far as this copy knows."""
    return texts.c.state.in_(OPEN_TEXTS) & texts.c.carrier_sid.is_(None)


def _count(session: Session, table: Table, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _existing_columns(table: Table, **values: Any) -> dict[str, Any]:
    """The values whose columns exist in this schema."""
    return {name: value for name, value in values.items() if name in table.c}

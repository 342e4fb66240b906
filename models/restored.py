"""What a restored database must not do: text, mail or take in anything old, or let anybody in again.

Works on the tables as the database describes them, in the transaction that fills them, so that at no moment
there is a restored database that would send. Only leaves out; adds no event, as nothing happened to anybody.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from models.business import DAY_START_HOUR, SUMMARY_HOUR, Business
from models.period import Period

RESTORED = "restored from a backup"
LONG_AGO = timedelta(hours=12)


def leave_the_past_alone(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Unsent texts and mails expire, what came in until now is not looked for, sessions and links end."""
    _expire_texts(session, tables, now)
    _expire_mails(session, tables)
    _end_sessions_and_links(session, tables, now)
    _let_deadlines_go(session, tables, now)
    if "our_numbers" in tables:
        numbers = tables["our_numbers"]
        session.execute(update(numbers).values(_known(numbers, read_until=now, next_text_after=None)))
    if "businesses" in tables:
        _take_summaries_as_sent(session, tables["businesses"], now)


def _expire_texts(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    if "outbound_messages" in tables:
        texts = tables["outbound_messages"]
        left = {"lease_until": None, "settle_after": None, "claimed_by": None}
        unsent = texts.c.state.in_(("waiting", "sending", "unknown"))
        session.execute(
            update(texts)
            .where(unsent, texts.c.carrier_sid.is_(None))
            .values(_known(texts, state="expired", error=RESTORED, **left))
        )
        session.execute(update(texts).where(unsent).values(_known(texts, state="accepted", **left)))
    if "inbound_messages" in tables:
        replies = tables["inbound_messages"]
        if "reply_settle_after" in replies.c:
            session.execute(update(replies).values(reply_settle_after=None))


def _expire_mails(session: Session, tables: Mapping[str, Table]) -> None:
    for name, state in (("summary_mails", "expired"), ("letters", "dropped")):
        if name in tables:
            mails = tables[name]
            is_open = mails.c.state.in_(("waiting", "sending"))
            session.execute(
                update(mails).where(is_open).values(state=state, lease_until=None, error=RESTORED)
            )


def _end_sessions_and_links(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Some may have ended since the backup was made: who is in doubt signs in, or asks again."""
    if "browser_sessions" in tables:
        session.execute(tables["browser_sessions"].delete())
    if "links" in tables:
        links = tables["links"]
        session.execute(update(links).where(links.c.ended_at.is_(None)).values(ended_at=now))


def _let_deadlines_go(session: Session, tables: Mapping[str, Table], now: datetime) -> None:
    """Nobody is reminded of a call before the backup, or told "nearly up" of a line of an earlier day."""
    if "tickets" not in tables:
        return
    tickets = tables["tickets"]
    called = tickets.c.state == "called"
    session.execute(
        update(tickets).where(called).values(_known(tickets, remind_after=None, no_show_after=None))
    )
    old = tickets.c.joined_at < now - LONG_AGO
    session.execute(
        update(tickets)
        .where(tickets.c.state == "waiting", old)
        .values(alerted_at=func.coalesce(tickets.c.alerted_at, now))
    )


def _take_summaries_as_sent(session: Session, businesses: Table, now: datetime) -> None:
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


def _known(table: Table, **values: Any) -> dict[str, Any]:
    """Those of the columns that this schema has."""
    return {name: value for name, value in values.items() if name in table.c}

"""What docs/scaling.md says of a database split by business: what holds, and each exception by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Column, Table, UniqueConstraint

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Base, Database
from tests import world
from tests.models.storage.business_keys import (
    ENTRY_KEYS,
    SPLIT_TABLES,
    entry_keys_in,
    is_business_key,
    without_a_business,
)
from tests.models.storage.test_indexes import DOINGS, asked_by_the_clock, listening, open_pages
from tests.web.api.program import Program, key_for
from tests.web.conftest import app  # noqa: F401
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, minutes

NAMES_NO_BUSINESS = {
    "our_numbers": {("channel", "phone"): "an address is one business's in the whole installation"},
    "queues": {("keyword", "namesake"): "/q/<KEYWORD> is one queue's in the whole installation"},
    "old_keywords": {("keyword", "namesake"): "an old address leads on to one queue"},
    "servicers": {("email",): "who signs in names an e-mail and no business"},
    "browser_sessions": {("key_hash",): "a cookie"},
    "links": {("key_hash",): "a mailed link"},
    "api_keys": {("key_hash",): "a program brings its key and names no business"},
    "kiosks": {("key_hash",): "a tablet's cookie"},
    "boards": {("token",): "the address of a board of several queues"},
    "tickets": {("token",): "the address of a ticket's page"},
    "inbound_messages": {("sid",): "the carrier's id of a text, so that none is taken in twice"},
    "outbound_messages": {
        ("key",): "begins with a ticket's event: one text for each reason",
        ("carrier_sid",): "a report names the carrier's id",
        ("reference",): "a report names ours, if the carrier's id is not known yet",
    },
    "remarks": {("key",): "the text or the press that brought it, so that none counts twice"},
    "letters": {("key",): "one mail for each reason, to somebody who may have no account yet"},
}
"""Unique keys that a split table could not keep, and what they are for."""

NO_WAY_TO_A_BUSINESS = {"letters": "a mail to somebody without an account belongs to nobody yet"}

SWEPT = {
    "alarm_settings",
    "api_answers",
    "audit_entries",
    "browser_sessions",
    "duties",
    "events",
    "holidays",
    "inbound_messages",
    "letters",
    "links",
    "open_questions",
    "opening_hours",
    "our_numbers",
    "outbound_messages",
    "queues",
    "servicers",
    "summary_mails",
    "tickets",
    "troubles",
    "webhook_deliveries",
    "webhook_endpoints",
}
"""Tables in which the clock looks for what is due in all businesses at once."""


@pytest.fixture
def visitor(app: Flask, db: Database) -> Visitor:  # noqa: F811
    return Visitor(app)


@pytest.mark.parametrize("doing", DOINGS)
def test_a_text_or_a_press_stays_in_one_business(
    doing: str, db: Database, queue: Queue, rosa: Servicer
) -> None:
    for phone in (ANA, BEN, CAI):
        world.join(queue, phone)
    with listening(db) as asked:
        DOINGS[doing](queue, rosa)
    assert {statement for statement, _ in asked if without_a_business(statement)} == set()


def test_a_page_stays_in_one_business(
    app: Flask,  # noqa: F811
    db: Database,
    queue: Queue,
    rosa: Servicer,
    visitor: Visitor,
) -> None:
    for phone in (ANA, BEN, CAI):
        world.join(queue, phone)
    token = world.ticket(queue, 2).token
    world.call_next(queue, rosa, NOON + minutes(1))
    second, program = world.ticket(queue, 2).id, Program(app, key_for(rosa)[1])
    with listening(db) as asked:
        open_pages(visitor, rosa, token)
        assert program.get(f"/tickets/t{second}").status_code == 200
        DOINGS["join"](queue, rosa)
    assert {statement for statement, _ in asked if without_a_business(statement)} == set()
    used = {key for statement, _ in asked for key in entry_keys_in(statement)}
    assert used == set(ENTRY_KEYS), "each entry that is listed is one"


def test_only_the_listed_tables_are_swept_across_businesses(
    db: Database, queue: Queue, rosa: Servicer, tmp_path: Path
) -> None:
    asked, _ = asked_by_the_clock(db, queue, rosa, tmp_path)
    assert {table for statement, _ in asked for table in without_a_business(statement)} == SWEPT


# From here on no database matters ---------------------------------------------------------------------


def test_a_statement_that_names_no_business_is_noticed() -> None:
    joined = "FROM tickets JOIN queues AS line ON line.id = tickets.queue_id"
    assert without_a_business(f"SELECT tickets.id {joined} WHERE tickets.state = ?") == {"tickets", "queues"}
    assert without_a_business(f"SELECT tickets.id {joined} WHERE line.business_id = ?") == set()
    assert without_a_business("UPDATE tickets SET name=? WHERE tickets.name = ?") == {"tickets"}
    assert without_a_business("UPDATE tickets SET name=? WHERE tickets.id IN (?, ?)") == set()


def unique_keys(table: Table) -> Iterator[tuple[str, ...]]:
    """But for an `id` of its own, which gets the business in front of it."""
    if [column.name for column in table.primary_key] != ["id"]:
        yield tuple(column.name for column in table.primary_key)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(column.name for column in constraint.columns)
    for index in table.indexes:
        if index.unique:
            yield tuple(column.name for column in index.columns)


def test_a_unique_key_names_the_business_or_is_listed() -> None:
    found = {
        name: {
            key
            for key in unique_keys(Base.metadata.tables[name])
            if not any(is_business_key(name, column) for column in key)
        }
        for name in SPLIT_TABLES
    }
    listed = {name: set(keys) for name, keys in NAMES_NO_BUSINESS.items()}
    assert {name: keys for name, keys in found.items() if keys} == listed


def reaches_its_business(table: Table, steps: int = 2) -> bool:
    """By references that are never empty."""
    if "business_id" in table.c:
        return not table.c.business_id.nullable
    referred: list[Table] = [
        key.column.table for column in table.c if not column.nullable for key in column.foreign_keys
    ]
    return steps > 0 and any(reaches_its_business(each, steps - 1) for each in referred)


def test_each_row_reaches_its_business_in_two_steps_or_is_listed() -> None:
    lost = {name for name in SPLIT_TABLES if not reaches_its_business(Base.metadata.tables[name])}
    assert lost == set(NO_WAY_TO_A_BUSINESS)


def test_a_foreign_key_stays_in_one_business() -> None:
    def stays(column: Column[object]) -> bool:
        return is_business_key(column.table.name, column.name)

    columns = [column for name in SPLIT_TABLES for column in Base.metadata.tables[name].c]
    assert [str(each) for each in columns if each.foreign_keys and not stays(each)] == []

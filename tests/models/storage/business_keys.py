"""By which keys a statement finds its rows: those of one business, or those at which a request begins.

Reads the SQL as it is sent. A row is of a known business if one of its business keys is compared with a
value, or with such a key of a row that is.
"""

import re

from models.storage.database import Base

REFERENCE_TABLES = {"businesses", "clocks", "counts", "privacy_requests", "pretend_texts"}
"""Kept whole on every node: small, or of no business."""
SPLIT_TABLES = set(Base.metadata.tables) - REFERENCE_TABLES

ENTRY_KEYS = {
    ("our_numbers", "phone"): "the carrier names the number that was texted",
    ("queues", "keyword"): "the address of a queue's page",
    ("tickets", "token"): "the address of a ticket's page",
    ("boards", "token"): "the address of a board of several queues",
    ("browser_sessions", "key_hash"): "the cookie of whoever is signed in",
    ("api_keys", "key_hash"): "the key that a program brings",
    ("inbound_messages", "sid"): "a text that comes twice is found by the carrier's id",
}
"""A request names these and no business yet: each asks all nodes, or a small table on every node."""

WITHOUT_FOREIGN_KEY = {
    ("events", "press_id"),
    ("tickets", "last_remark_id"),
    ("api_answers", "ticket_id"),
    ("api_answers", "called_id"),
}
"""Columns that hold the id of a row of the same business all the same."""

_TABLE = re.compile(r"(?:FROM|JOIN|UPDATE|,) (\w+)(?: AS (\w+))?")
_COMPARED = re.compile(r"\b(\w+)\.(\w+) (?:=|IN) (?:(\w+)\.(\w+)\b)?")


def is_business_key(table: str, column: str) -> bool:
    if column == "id" or (table, column) in WITHOUT_FOREIGN_KEY:
        return table in SPLIT_TABLES
    refers_to = {each.column.table.name for each in Base.metadata.tables[table].c[column].foreign_keys}
    return bool(refers_to) and (column == "business_id" or refers_to <= SPLIT_TABLES)


def tables_in(statement: str) -> dict[str, str]:
    """Each name in the statement, and the table it stands for."""
    found = _TABLE.findall(" ".join(statement.split()))
    return {alias or table: table for table, alias in found if table in Base.metadata.tables}


def without_a_business(statement: str) -> set[str]:
    """The split tables of which it reads or changes rows that no business key names."""
    tables = tables_in(statement)
    named, pairs = set(), []
    for one, column, other, other_column in _COMPARED.findall(" ".join(statement.split())):
        if one not in tables or column not in Base.metadata.tables[tables[one]].c:
            continue
        if (tables[one], column) in ENTRY_KEYS and not other:
            named.add(one)
        if not is_business_key(tables[one], column):
            continue
        if not other:
            named.add(one)
        elif other in tables and is_business_key(tables[other], other_column):
            pairs.append({one, other})
    for _ in pairs:
        for pair in pairs:
            if pair & named:
                named |= pair
    return {table for name, table in tables.items() if name not in named and table in SPLIT_TABLES}


def entry_keys_in(statement: str) -> set[tuple[str, str]]:
    tables = tables_in(statement)
    compared = _COMPARED.findall(" ".join(statement.split()))
    keys = {(tables.get(one, ""), column) for one, column, other, _ in compared if not other}
    return keys & set(ENTRY_KEYS)

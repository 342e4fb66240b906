"""Everything a database holds, what a restore leaves behind, and backups into a new one."""

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from config.settings import Settings
from models.storage import database
from models.storage.database import Database, reading
from models.storage.dump import rows_of, tables_of
from tests.world import NOON, join, make_business, make_queue, phone

Rows = dict[str, list[dict[str, Any]]]

# What a restore changes so that nothing old is sent or handled, and nobody stays signed in.
LEFT_BEHIND = {
    "outbound_messages": {"state", "error", "settle_after", "lease_until", "claimed_by"},
    "inbound_messages": {"reply_settle_after"},
    "summary_mails": {"state", "error", "lease_until"},
    "letters": {"state", "error", "lease_until"},
    "links": {"ended_at"},
    "our_numbers": {"read_until", "next_text_after"},
    "businesses": {"summarized_day", "summarized_week"},
    "tickets": {"alerted_at", "remind_after", "no_show_after"},
}

ENDED = {"clocks", "browser_sessions", "open_questions"}
KEY = "a key of backups"


def everything() -> Rows:
    with reading() as session:
        return {
            table.name: [
                dict(zip([c.name for c in table.columns], row, strict=True))
                for row in rows_of(session, table)
            ]
            for table in tables_of(session)
        }


def without_what_is_left_behind(found: Rows) -> Rows:
    return {
        name: [{k: v for k, v in row.items() if k not in LEFT_BEHIND.get(name, ())} for row in rows]
        for name, rows in found.items()
        if name not in ENDED
    }


def fill() -> None:
    queue = make_queue(make_business())
    for index in range(3):
        join(queue, phone(index), NOON)


def into_a_new_one(tmp_path: Path) -> Database:
    return database.connect(f"sqlite:///{tmp_path / 'new.sqlite3'}")


def nothing_is_in_it() -> bool:
    every_table = " UNION ALL ".join(f"SELECT 1 FROM {name}" for name in database.Base.metadata.tables)
    with reading() as session:
        return session.execute(text(every_table)).first() is None


def with_key(app: Flask, tmp_path: Path, key: str | None) -> None:
    environ = {"DATA_DIR": str(tmp_path / "data")} | ({"BACKUP_KEY": key} if key else {})
    app.config["SETTINGS"] = Settings.from_environment(environ)

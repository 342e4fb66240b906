"""Which revisions this program has, and which one a database is at. It reads the files of `versions/` as text:
every process asks at its start, and none but the one that migrates has to load Alembic and all the migrations.
"""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

VERSIONS = Path(__file__).parent / "versions"
REVISION = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)


@cache
def _followed() -> dict[str, str | None]:
    """Each revision and the one it follows; cached, as the files may be updated while the program runs."""
    found = (REVISION.search(file.read_text("utf-8")) for file in sorted(VERSIONS.glob("*.py")))
    return {each[1]: each[2] for each in found if each}


def newest_revision() -> str | None:
    """The revision this program was written for."""
    return next((revision for revision in _followed() if revision not in _followed().values()), None)


def is_known(revision: str) -> bool:
    """Whether this program has the migrations that lead to `revision`."""
    return revision in _followed()


def is_served_by_us(revision: str) -> bool:
    """Whether this program works with a database at `revision`: its own newest revision, or a later one."""
    return revision == newest_revision() or not is_known(revision)


def next_revision(present: str, goal: str) -> str | None:
    """The one that follows `present` on the way to `goal`; None if the database is there, or beyond."""
    step: str | None = goal
    while step is not None and _followed().get(step) != present:
        step = _followed().get(step)
    return step


def revision_of(engine: Engine) -> str | None:
    """The revision a database is at; None for an empty one."""
    with engine.connect() as connection:
        return revision_at(connection)


def revision_at(connection: Connection) -> str | None:
    """The same, of the database behind this connection."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()

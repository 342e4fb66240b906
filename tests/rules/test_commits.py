"""Transactions end in models/storage/database.py alone, and the domain never reads the time."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".venv", "tests", "bench", "node_modules"}
# Migrations run before there is anything to share a transaction with.
MAY_END_TRANSACTIONS = {
    "models/storage/database.py",
    "models/storage/postgres.py",  # begins what database.py ends
    "migrations/migrate.py",
    "migrations/env.py",
}
MAY_OPEN_DATABASES = {f"models/storage/{name}.py" for name in ("database", "postgres", "sqlite_file")}
MAY_READ_A_CLOCK = {
    "models/storage/database.py",
    "models/storage/write_lock.py",
}  # how long to wait, not what time it is

ENDS = {"commit", "rollback", "begin", "prepare", "invalidate"}
SQL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "END TRANSACTION")
OPENS = {"create_engine", "create_async_engine", "sessionmaker", "scoped_session", "Session"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "time_ns"}


@cache
def program() -> dict[str, ast.Module]:
    """Every file of the product, read once."""
    top = [path for path in ROOT.iterdir() if path.name not in NOT_OURS]
    files = [file for path in top for file in ([path] if path.is_file() else path.rglob("*.py"))]
    return {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_text())
        for file in files
        if file.suffix == ".py"
    }


def calls(tree: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call as (object, name, call); the object is empty for a plain name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func.value), node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield "", node.func.id, node


def ends_a_transaction(on: str, name: str, call: ast.Call) -> bool:
    says = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    in_sql = name in ("execute", "exec_driver_sql", "text") and any(
        word.strip().upper().startswith(SQL) for word in says
    )
    return (bool(on) and name in ENDS) or in_sql


def opens_a_database(on: str, name: str, call: ast.Call) -> bool:
    if name == "Session" and not call.args:
        return False  # of the HTTP client
    return name in OPENS


def reads_a_clock(on: str, name: str, call: ast.Call) -> bool:
    return name in CLOCKS and on.split(".")[-1] in ("datetime", "date", "time")


@pytest.mark.parametrize(
    ("rule", "may", "folders"),
    [
        (ends_a_transaction, MAY_END_TRANSACTIONS, ("",)),
        (opens_a_database, MAY_OPEN_DATABASES, ("",)),
        (reads_a_clock, MAY_READ_A_CLOCK, ("models/", "bot/")),
    ],
)
def test_only_the_files_that_may_do_it_do_it(rule, may, folders) -> None:  # type: ignore[no-untyped-def]
    found = [
        f"{path}:{call.lineno} {ast.unparse(call)[:80]}"
        for path, tree in program().items()
        if path.startswith(folders)
        for on, name, call in calls(tree)
        if path not in may and rule(on, name, call)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (ends_a_transaction, "session.commit()"),
        (ends_a_transaction, "with engine.begin() as connection: pass"),
        (ends_a_transaction, "connection.execute(text('  commit'))"),
        (opens_a_database, "Session(engine)"),
        (opens_a_database, "sqlalchemy.create_engine(url)"),
        (reads_a_clock, "datetime.now(UTC)"),
        (reads_a_clock, "datetime.date.today()"),
        (reads_a_clock, "time.time()"),
    ],
)
def test_the_rules_see_what_they_forbid(rule, code) -> None:  # type: ignore[no-untyped-def]
    assert any(rule(*call) for call in calls(ast.parse(code)))


def test_the_rules_have_looked_at_the_whole_program() -> None:
    looked_at = set(program())
    assert looked_at >= {
        "models/queueing/tables/queues.py",
        "web/control/views.py",
        "jobs/__main__.py",
        "commands/setup.py",
    }
    assert looked_at >= MAY_END_TRANSACTIONS | MAY_READ_A_CLOCK

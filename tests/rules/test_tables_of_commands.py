"""A command imports the tables that it uses, and not all; so it must import those that they refer to as well.

Else the first row that it writes would fail.
"""

import grimp
import pytest
from sqlalchemy import Table

from commands.command_line.command_list import COMMANDS, OF_QUEUES, OF_SERVICERS
from models.schema import metadata
from models.storage.database import Base

MODULES = {each.module for listed in (COMMANDS, OF_QUEUES, OF_SERVICERS) for each in listed.values()}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        "bot", "commands", "jobs", "models", exclude_type_checking_imports=True, cache_dir=None
    )


@pytest.fixture(scope="module")
def declared_in() -> dict[Table, str]:
    return {
        table: mapper.class_.__module__
        for mapper in Base.registry.mappers
        for table in mapper.tables
        if isinstance(table, Table)
    }


def test_every_table_is_declared_in_a_module(declared_in: dict[Table, str]) -> None:
    assert set(declared_in) == set(metadata.tables.values())


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_command_has_what_its_tables_refer_to(
    module: str, graph: grimp.ImportGraph, declared_in: dict[Table, str]
) -> None:
    imported = graph.find_upstream_modules(module) | {module}
    missing = {
        f"{table.name} refers to {key.column.table.name}"
        for table, at in declared_in.items()
        if at in imported
        for key in table.foreign_keys
        if declared_in[key.column.table] not in imported
    }
    assert not missing, f"{module} has to import models.schema, or the tables that are missing"


def test_the_clock_has_every_table(graph: grimp.ImportGraph) -> None:
    """By itself, and not only through a job that reads them all."""
    assert "models.schema" in graph.find_modules_directly_imported_by("jobs.__main__")


def test_making_a_queue_needs_few_tables(graph: grimp.ImportGraph, declared_in: dict[Table, str]) -> None:
    imported = graph.find_upstream_modules("commands.queues.add")
    assert len([table for table, at in declared_in.items() if at in imported]) <= 10
    # Nor the libraries for phones.
    assert not imported & {"models.people.phone_ciphers", "models.people.typed_phones"}

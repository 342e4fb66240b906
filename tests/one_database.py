"""For tests whose claim no database changes, or that only SQLite can show: they run on SQLite alone."""

import pytest

on_sqlite = pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)

"""Writes measured tables into docs/performance.md, each between its own markers; other tables stay."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

from bench.tables import Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
MARK = re.compile(r"^<!-- part: (.+?) -->\n", re.MULTILINE)


def write(tables: dict[str, Table], order: list[str]) -> None:
    """`order`: the names of all possible sections, in their order on the page."""
    now, machine = datetime.now(UTC), f"{os.cpu_count()} cores, {platform.system()}"
    measured = f"Measured on {now:%Y-%m-%d} with {machine}, Python {platform.python_version()}."
    sections = {name: f"{table.markdown()}\n{measured}\n" for name, table in tables.items()}
    PAGE.write_text(with_sections(PAGE.read_text(), sections, order))


def with_sections(text: str, sections: dict[str, str], order: list[str]) -> str:
    """The page with these sections replaced; the others, and the text around them, stay."""
    before, _, rest = text.partition(BEGIN)
    body, _, after = rest.partition(END)
    _, *found = MARK.split(body)
    all_of_them = dict(zip(found[::2], found[1::2], strict=True)) | sections
    known = [name for name in order if name in all_of_them]
    body = "\n".join(f"<!-- part: {name} -->\n{all_of_them[name].strip()}\n" for name in known)
    return f"{before}{BEGIN}\n{body}{END}{after}"

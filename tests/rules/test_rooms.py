"""Rooms stay small enough to be looked over: so many files in one, so many lines in a file.

Words and pictures are no code: templates, catalogs and phrase lists may be as many and as long as they are.
"""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_FILES = 20
MOST_LINES = 300
MOST_LINES_OF_TESTS = 400  # each test is read alone, by its name
PACKAGES = (
    "bench",
    "bot",
    "commands",
    "config",
    "jobs",
    "migrations",
    "models",
    "security",
    "web",
    "webhooks",
)
CODE = (".py", ".js", ".css", ".sh")
# One file for each change of the schema, read in the order of their numbers, and never changed again.
MIGRATIONS = Path("migrations/versions")
# Each script of findings/ is for itself, and findings/README.md lists them.
NEVER_TOO_MANY = (MIGRATIONS, Path("findings"))


def code() -> list[Path]:
    """Every file of code, seen from the root; not what was installed or made beside it."""
    tops = [top for top in ROOT.iterdir() if top.is_dir() and not top.name.startswith(".")]
    found = [*ROOT.glob("*"), *(file for top in tops for file in top.rglob("*"))]
    return [file.relative_to(ROOT) for file in found if file.suffix in CODE and file.is_file()]


def lines(file: Path) -> int:
    return len((ROOT / file).read_text().splitlines())


def most_lines(file: Path) -> int | None:
    """None: a page has one style sheet (decision 0038), and a migration is as long as its change."""
    if file.suffix == ".css" or file.parent == MIGRATIONS:
        return None
    return MOST_LINES_OF_TESTS if file.parts[0] == "tests" else MOST_LINES


def test_no_room_has_more_files_than_one_looks_over() -> None:
    rooms = Counter(file.parent for file in code() if file.parent not in NEVER_TOO_MANY)
    assert len(rooms) > 50
    assert {str(room): count for room, count in rooms.items() if count > MOST_FILES} == {}


def test_no_file_is_longer_than_one_reads_at_a_sitting() -> None:
    limits = {file: most_lines(file) for file in code()}
    assert {
        str(file): lines(file) for file, most in limits.items() if most is not None and lines(file) > most
    } == {}


def test_at_the_top_stands_app_py_alone() -> None:
    assert [str(file) for file in code() if len(file.parts) == 1] == ["app.py"]


def test_every_room_of_the_code_says_what_belongs_in_it() -> None:
    rooms = {file.parent for file in code() if file.suffix == ".py" and file.parts[0] in PACKAGES}
    faces = {room: ROOT / room / "__init__.py" for room in rooms - {MIGRATIONS}}
    assert [
        str(room)
        for room, face in faces.items()
        if not face.is_file() or not face.read_text().startswith('"""')
    ] == []

"""A file that is named in docs, comments or templates is there."""

import re
import subprocess
from os.path import normpath
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ = (".css", ".html", ".js", ".md", ".py", ".toml", ".txt", ".yml", "Makefile", "Procfile")
NAMED = re.compile(r"(?<![\w/.:*{}<-])(?:[\w-]+/)+[\w-]+\.(?:css|html|js|md|py|toml)\b")


def is_there(named: str, by: str, files: set[str], folders: set[str]) -> bool:
    """From the root, beside the file that names it, or where Flask looks; else it is no file of ours."""
    beside = normpath(Path(by).parent / named)
    if files & {named, beside, f"templates/{named}", f"static/{named}"}:
        return True
    return named.partition("/")[0] not in folders


def test_every_file_that_is_named_is_there() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = {path for path in listed.stdout.splitlines() if (ROOT / path).is_file()}
    folders = {folder.name for path in files for folder in Path(path).parents}
    named = [
        (path, name)
        for path in sorted(files)
        if path.endswith(READ)
        for name in NAMED.findall((ROOT / path).read_text())
    ]
    assert len(named) > 100
    assert [f"{by}: {name}" for by, name in named if not is_there(name, by, files, folders)] == []

"""A file that is named in docs, comments or templates is there."""

import re
import subprocess
from os.path import normpath
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ = (".css", ".html", ".js", ".md", ".py", ".toml", ".txt", ".yml", "Makefile", "Procfile")
NAMED = re.compile(r"(?<![\w/.:*{}<-])(?:[\w-]+/)+[\w-]+\.(?:css|html|js|md|py|toml)\b")
CODE = "bench|bot|commands|config|jobs|models|security|web|webhooks"
MODULE = re.compile(rf"(?<![\w/.:*{{}}<-])(?:{CODE})(?:/[\w-]+){{2,}}(?![\w/.*{{<-])")


def is_there(named: str, by: str, files: set[str], folders: set[str]) -> bool:
    """From the root, beside the file that names it, or where Flask looks; else it is no file of ours."""
    beside = normpath(Path(by).parent / named)
    if files & {named, beside, f"templates/{named}", f"static/{named}"}:
        return True
    return named.partition("/")[0] not in folders


def listed() -> set[str]:
    every = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {path for path in every.stdout.splitlines() if (ROOT / path).is_file()}


def names(pattern: re.Pattern[str], files: set[str]) -> list[tuple[str, str]]:
    read = [path for path in sorted(files) if path.endswith(READ)]
    return [(path, name) for path in read for name in pattern.findall((ROOT / path).read_text())]


def test_every_file_that_is_named_is_there() -> None:
    files = listed()
    folders = {folder.name for path in files for folder in Path(path).parents}
    named = names(NAMED, files)
    assert len(named) > 100
    assert [f"{by}: {name}" for by, name in named if not is_there(name, by, files, folders)] == []


def test_code_that_is_named_without_its_ending_is_there() -> None:
    named = names(MODULE, listed())
    homes = (ROOT, ROOT / "templates", ROOT / "static", ROOT / "tests")
    assert named
    assert [
        f"{by}: {name}"
        for by, name in named
        if not any((home / name).is_dir() or (home / f"{name}.py").is_file() for home in homes)
    ] == []

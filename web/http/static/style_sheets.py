"""Each style sheet as one file: what it imports in its place, small drawings inside, without comments.

A browser that had to fetch an imported file, or another beside it, would show nothing for longer.
"""

import re
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from web.http.static.bootstrap_cut import BOOTSTRAP, cut

FOLDER = Path(__file__).resolve().parents[3] / "static"
OF_BOOTSTRAP = FOLDER / "bootstrap.css"  # imported by style.css: no file, but what is used of the package's
IMPORT = re.compile(r'@import "([^"]+)";')
DRAWING = re.compile(r'url\("([^":]+\.svg)"\)')
NEEDLESS = re.compile(r'("[^"]*")|/\*.*?\*/|\s*([{};,])\s*|\s+', re.DOTALL)  # but what is in quotes


def style_sheets() -> dict[Path, bytes]:
    """All of them, by the path of the file that imports the others."""
    written = {path: path.read_text() for path in sorted(FOLDER.rglob("*.css"))}
    together = {OF_BOOTSTRAP: _of_bootstrap("".join(written.values()))}
    return {path: _together(path, written, together).encode() for path in written}


@lru_cache(maxsize=1)
def _of_bootstrap(ours: str) -> str:
    return cut(BOOTSTRAP.read_text(), ours)


def _together(path: Path, written: dict[Path, str], together: dict[Path, str]) -> str:
    """`together` keeps those that are done."""

    def imported(found: re.Match[str]) -> str:
        return _together((path.parent / found[1]).resolve(), written, together)

    if path not in together:
        # As text, because the path of a drawing means something else in another folder's file.
        drawn = DRAWING.sub(lambda found: f'url("{_data(path.parent / found[1])}")', written[path])
        together[path] = IMPORT.sub(imported, _small(drawn))
    return together[path]


def _small(css: str) -> str:
    """Without comments and needless spaces."""
    return NEEDLESS.sub(lambda found: found[1] or found[2] or ("" if found[0][0] == "/" else " "), css)


def _data(drawing: Path) -> str:
    return f"data:image/svg+xml;base64,{b64encode(drawing.read_bytes()).decode()}"

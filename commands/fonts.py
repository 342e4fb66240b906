"""The families of fonts that pages are tried with, which differ in width, and where their files lie.

They are unpacked from Debian's packages into `.venv`, so that every machine tries the same and keeps its own
fonts; where that can't be done, the system's will do. The standard library alone, as for install.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

UNPACKED = Path(__file__).resolve().parent.parent / ".venv" / "fonts"
FOLDERS = (
    UNPACKED,
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local" / "share" / "fonts",
    Path.home() / ".fonts",
)


@dataclass(frozen=True)
class Family:
    name: str
    package: str
    files: tuple[str, ...]  # the first is of the faces that pages use most
    monospaced: str

    def files_in(self, folders: Sequence[Path] = FOLDERS) -> list[Path]:
        """Those of its files that are there, from the first folder that has any."""
        for folder in folders:
            regular = next(folder.rglob(self.files[0]), None)
            if regular is not None:
                return [found for name in self.files if (found := regular.with_name(name)).is_file()]
        return []


FAMILIES = (
    Family(
        "DejaVu Sans",
        "fonts-dejavu-core",
        ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
        monospaced="DejaVu Sans Mono",
    ),
    Family(
        "Liberation Sans",
        "fonts-liberation",
        (
            "LiberationSans-Regular.ttf",
            "LiberationSans-Bold.ttf",
            "LiberationMono-Regular.ttf",
            "LiberationMono-Bold.ttf",
        ),
        monospaced="Liberation Mono",
    ),
    Family(
        "Noto Sans",
        "fonts-noto-core",
        ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
        monospaced="Noto Sans",
    ),
)

"""One line of what `flask doctor` says."""

from typing import NamedTuple


class Finding(NamedTuple):
    what: str
    is_well: bool
    words: str

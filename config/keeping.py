"""What is long in the making is kept beside the bytecode, by the content of all that it is made of.

Whoever can write there can change the program itself, so a kept file is trusted as bytecode is. Where nothing
can be written, each start makes it anew, unless `python -m app` was run there before.
"""

import contextlib
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

from config.importing import no_collections

T = TypeVar("T")
DIGEST = hashlib.sha256().digest_size
BESIDE_THE_BYTECODE = Path(cache_from_source(__file__)).parent
READABLE_BY_ALL = 0o644  # there is nothing in it that is not in the program's own files


def kept(
    name: str, made_of: Iterable[Path], make: Callable[[], Any], folder: Path = BESIDE_THE_BYTECODE
) -> Any:
    """What `make` makes of these files: the kept one if they are the same, else a new one, to be kept."""
    path = folder / f"{name}.{digest_of(made_of)}.kept"
    content = read_kept(path)
    if content is not None:
        with no_collections():
            return pickle.loads(content)
    made = make()
    with contextlib.suppress(OSError):
        write_kept(path, pickle.dumps(made, protocol=5))
        _remove_others(path, name)
    return made


@cache
def shared(value: T) -> T:
    """The first of equal values, so that a kept file holds one object for all of them."""
    return value


def digest_of(made_of: Iterable[Path]) -> str:
    """Of the names and contents of these files, of this Python, and of how things are kept."""
    digest = hashlib.sha256(sys.version.encode() + Path(__file__).read_bytes())
    paths = sorted(made_of)
    above = Path(os.path.commonpath([path.parent for path in paths])).parent
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(above)} {len(content)} ".encode() + content)
    return digest.hexdigest()[:32]


def read_kept(path: Path) -> bytes | None:
    """None unless it is there, and whole."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        digest, content = file.read(DIGEST), file.read()
        if hashlib.sha256(content).digest() == digest:
            return content
    return None


def write_kept(path: Path, content: bytes) -> None:
    """At once: whoever reads meanwhile finds all of it or nothing."""
    path.parent.mkdir(exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(hashlib.sha256(content).digest() + content)
            file.flush()
            os.chmod(file.name, READABLE_BY_ALL)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def _remove_others(path: Path, name: str) -> None:
    for old in path.parent.glob(f"{name}.*.kept*"):
        if old != path:
            old.unlink(missing_ok=True)

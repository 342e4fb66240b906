"""Compiled templates are kept beside the bytecode: it took most of the first page of a process."""

import contextlib
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import jinja2.compiler
from jinja2.bccache import Bucket, BytecodeCache

from config.keeping import BESIDE_THE_BYTECODE, digest_of, read_kept, write_kept

SET_OPTIONS = ("Flask", "Flask-Babel", "Bootstrap-Flask")  # and filters, which are part of what is compiled


class KeptTemplates(BytecodeCache):
    """For one environment, whose options SET_OPTIONS and the files `made_by` set: others compile anew."""

    def __init__(self, *made_by: Path, folder: Path = BESIDE_THE_BYTECODE) -> None:
        compiler = (*Path(jinja2.compiler.__file__).parent.glob("*.py"), *made_by)
        versions = [version(package) for package in SET_OPTIONS]
        self._compiler, self._folder = f"{digest_of(compiler)} {versions}", folder

    def get_source_checksum(self, source: str) -> str:
        return sha256(f"{self._compiler} {source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        content = read_kept(self._path(bucket))
        if content is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            write_kept(self._path(bucket), bucket.bytecode_to_string())

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"template.{bucket.key}.kept"

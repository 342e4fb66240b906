"""The backup file format: gzipped lines of JSON, encrypted if a key is given.

First a header with the schema revision; then each table with its columns, its rows, and their count and
SHA-256; last the counts of all tables, so that a truncated file is noticed. Knows no database.
"""

import base64
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from cryptography.fernet import Fernet, InvalidToken

KIND = "take-a-number backup"
FORMAT = 1
ENCRYPTED = b"take-a-number backup, encrypted\n"
CHECK = b"the key fits"
CHUNK = 256 * 1024
LONGEST_LINE = 64 * 1024 * 1024

Row = list[Any]


class BackupProblem(Exception):
    """Why a backup file can't be used, in one line."""


class NeedsKey(BackupProblem):
    pass


@dataclass
class Contents:
    """A backup's header and row counts."""

    revision: str
    made_at: str
    counts: dict[str, int] = field(default_factory=dict)


@contextmanager
def writing(stream: BinaryIO, key: str | None) -> Iterator["BackupWriter"]:
    """A writer to `stream`; the file is complete only if the block ends without an exception."""
    encryptor = _Encryptor(stream, key) if key else None
    target = cast(BinaryIO, encryptor or stream)
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
        writer = BackupWriter(packed)
        yield writer
        writer.end()
    if encryptor:
        encryptor.end()


class BackupWriter:
    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self.counts: dict[str, int] = {}

    def write_header(self, revision: str, made_at: str) -> None:
        self._line({"kind": KIND, "format": FORMAT, "revision": revision, "made_at": made_at})

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self._line({"table": name, "columns": list(columns)})
        digest, count = hashlib.sha256(), 0
        for row in rows:
            digest.update(self._line(row))
            count += 1
        self._line({"end": name, "rows": count, "sha256": digest.hexdigest()})
        self.counts[name] = count

    def end(self) -> None:
        self._line({"tables": self.counts})

    def _line(self, value: Any) -> bytes:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._packed.write(line)
        return line


# What reading raises where a file is not what it says: packed wrongly, cut, of other contents, too deep.
UNREADABLE = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError)

OnTable = Callable[[str, Sequence[str], Iterator[Row]], None]


def contents_of(stream: BinaryIO, key: str | None, each: OnTable | None = None) -> Contents:
    """Read the whole file, pass each table to `each`, and check everything. Raises BackupProblem."""
    try:
        return _read(stream, key, each or _skip_rows)
    except UNREADABLE as fault:
        raise BackupProblem("the file is damaged, or no backup of ours") from fault


def _read(stream: BinaryIO, key: str | None, each: OnTable) -> Contents:
    lines = _lines(stream, key)
    contents = _heading(lines)
    while True:
        entry = json.loads(next(lines, b""))
        if "tables" in entry:
            break
        rows = _Rows(lines)
        each(entry["table"], entry["columns"], iter(rows))
        _skip_rows("", (), iter(rows))
        computed = (entry["table"], rows.count, rows.digest.hexdigest())
        if (rows.ending["end"], rows.ending["rows"], rows.ending["sha256"]) != computed:
            raise ValueError("counts")
        contents.counts[entry["table"]] = rows.count
    if entry["tables"] != contents.counts or next(lines, None) is not None:
        raise ValueError("tables")
    return contents


def _heading(lines: Iterator[bytes]) -> Contents:
    first = json.loads(next(lines, b""))
    if first["kind"] != KIND:
        raise ValueError("kind")
    if first["format"] != FORMAT:
        raise BackupProblem("the file was made by a newer version: install that one first")
    return Contents(str(first["revision"]), str(first["made_at"]))


def _skip_rows(_name: str, _columns: Sequence[str], rows: Iterator[Row]) -> None:
    for _ in rows:
        pass


class _Rows:
    """The rows of one table, counted and hashed while read; iterating again continues."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.digest = hashlib.sha256()
        self.count = 0
        self.ending: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Row]:
        while not self.ending:
            line = next(self._lines, b"")
            entry = json.loads(line)
            if isinstance(entry, dict):
                self.ending = entry
                return
            self.digest.update(line)
            self.count += 1
            yield entry


def _lines(stream: BinaryIO, key: str | None) -> Iterator[bytes]:
    stream.seek(0)
    if stream.read(len(ENCRYPTED)) == ENCRYPTED:
        if not key:
            raise NeedsKey("the file is encrypted: set BACKUP_KEY to the key that it was made with")
        source = cast(BinaryIO, io.BufferedReader(_Decryptor(stream, key), CHUNK))
    else:
        if key:
            raise NeedsKey("BACKUP_KEY is set, and the file is not encrypted: anybody may have made it")
        stream.seek(0)
        source = stream
    with gzip.GzipFile(fileobj=source, mode="rb") as packed:
        while line := packed.readline(LONGEST_LINE):
            yield line


def _fernet(key: str) -> Fernet:
    digest = hashlib.sha256(b"take-a-number backup key:" + key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


class _Encryptor:
    """Encrypts what is written in numbered chunks, so that none can be lost or swapped unnoticed."""

    def __init__(self, stream: BinaryIO, key: str) -> None:
        self._stream, self._fernet = stream, _fernet(key)
        self._kept = bytearray()
        self._count = 0
        stream.write(ENCRYPTED + self._fernet.encrypt(CHECK) + b"\n")

    def write(self, piece: bytes) -> int:
        self._kept += piece
        while len(self._kept) >= CHUNK:
            self._seal(b"+", bytes(self._kept[:CHUNK]))
            del self._kept[:CHUNK]
        return len(piece)

    def flush(self) -> None:
        pass

    def end(self) -> None:
        self._seal(b".", bytes(self._kept))

    def _seal(self, mark: bytes, piece: bytes) -> None:
        numbered = mark + self._count.to_bytes(8, "big") + piece
        self._stream.write(self._fernet.encrypt(numbered) + b"\n")
        self._count += 1


class _Decryptor(io.RawIOBase):
    def __init__(self, stream: BinaryIO, key: str) -> None:
        self._stream, self._fernet = stream, _fernet(key)
        self._kept = b""
        self._count = 0
        self._is_over = False
        try:
            fits = self._fernet.decrypt(stream.readline().rstrip()) == CHECK
        except InvalidToken:
            fits = False
        if not fits:
            raise NeedsKey("BACKUP_KEY is not the key that the file was encrypted with, or it is damaged")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._kept and not self._is_over:
            self._kept = self._next()
        count = min(len(buffer), len(self._kept))
        buffer[:count], self._kept = self._kept[:count], self._kept[count:]
        return count

    def _next(self) -> bytes:
        try:
            numbered = self._fernet.decrypt(self._stream.readline().rstrip())
        except InvalidToken:
            raise ValueError("piece") from None
        if int.from_bytes(numbered[1:9], "big") != self._count:
            raise ValueError("order")
        self._count += 1
        self._is_over = numbered[:1] == b"."
        return numbered[9:]

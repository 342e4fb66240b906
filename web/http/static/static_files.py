"""Serves styles, scripts and pictures under a versioned address, so that browsers cache them for a year.

All files are in memory from the start; style_sheets.py puts each style sheet together. That and what is
compressed are kept for the next start.
"""

import gzip
import mimetypes
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, abort, request
from werkzeug.wrappers import Response

from config.keeping import kept
from web.http.static.bootstrap_cut import BOOTSTRAP
from web.http.static.style_sheets import FOLDER, style_sheets

A_YEAR = "public, max-age=31536000, immutable"
WORTH_COMPRESSING = 500
EXTENSION = "static_files"


class StaticFile(NamedTuple):
    content: bytes
    compressed: bytes | None
    mimetype: str


class StaticFiles:
    """All files by name, with one version for all, because scripts import one another by relative names."""

    def __init__(self) -> None:
        paths = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*") if path.is_file()}
        made_of = (*paths.values(), BOOTSTRAP, *Path(__file__).parent.glob("*.py"))
        self.files: dict[str, StaticFile] = kept("static", made_of, lambda: _files(paths))
        together = b"".join(name.encode() + file.content for name, file in self.files.items())
        self.version = sha256(together).hexdigest()[:10]


def set_up(app: Flask) -> None:
    """Keeps Flask's endpoint name, so that templates use url_for('static', filename=…) as usual."""
    at_start = StaticFiles()

    def current() -> StaticFiles:
        return StaticFiles() if app.debug else at_start

    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", current().version)

    def answer(version: str, filename: str) -> Response:
        return _answer(current(), version, filename)

    app.extensions[EXTENSION] = current
    app.url_defaults(name_version)
    app.add_url_rule("/static/<version>/<path:filename>", "static", answer)


def files_of(app: Flask) -> Callable[[], StaticFiles]:
    """Those that are served now."""
    files: Callable[[], StaticFiles] = app.extensions[EXTENSION]
    return files


def _answer(static: StaticFiles, version: str, filename: str) -> Response:
    file = static.files.get(filename) or abort(404)
    takes_gzip = bool(file.compressed) and request.accept_encodings["gzip"] > 0
    response = Response(file.compressed if takes_gzip else file.content, mimetype=file.mimetype)
    if file.compressed:
        response.vary.add("Accept-Encoding")
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    # A page loaded before an update asks for the old version: it must not cache the new file under that name.
    response.headers["Cache-Control"] = A_YEAR if version == static.version else "no-cache"
    return response


def _files(paths: Mapping[str, Path]) -> dict[str, StaticFile]:
    sheets = style_sheets()
    return {name: _file(name, sheets.get(path) or path.read_bytes()) for name, path in sorted(paths.items())}


def _file(name: str, content: bytes) -> StaticFile:
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = "text/javascript" if name.endswith(".js") else guessed  # browsers refuse modules of any other type
    is_text = kind.startswith("text/") or kind == "image/svg+xml"
    worth = is_text and len(content) >= WORTH_COMPRESSING
    return StaticFile(content, gzip.compress(content, 9, mtime=0) if worth else None, kind)

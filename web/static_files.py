"""Styles, scripts and pictures, under an address that names their version: a browser asks for each once.

All are read into memory at the start, and compressed there. Bootstrap comes from its package.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import flask_bootstrap
from flask import Flask, abort, request
from werkzeug.wrappers import Response

FOLDER = Path(__file__).resolve().parents[1] / "static"
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
A_YEAR = "public, max-age=31536000, immutable"
WORTH_COMPRESSING = 500


@dataclass(frozen=True)
class StaticFile:
    content: bytes
    compressed: bytes | None
    mimetype: str


class Shelf:
    """Every file by its name, and one version for all: scripts import one another by bare names."""

    def __init__(self) -> None:
        paths = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*") if path.is_file()}
        paths["bootstrap.css"] = BOOTSTRAP
        self.files = {name: _read(path) for name, path in sorted(paths.items())}
        together = b"".join(name.encode() + file.content for name, file in self.files.items())
        self.version = sha256(together).hexdigest()[:10]


def set_up(app: Flask) -> None:
    """The endpoint keeps Flask's own name, so that url_for('static', filename=…) is all a page needs."""
    shelf = Shelf()

    def present() -> Shelf:
        return Shelf() if app.debug else shelf

    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", present().version)

    def answer(version: str, filename: str) -> Response:
        return _answer(present(), version, filename)

    app.url_defaults(name_version)
    app.add_url_rule("/static/<version>/<path:filename>", "static", answer)


def _answer(shelf: Shelf, version: str, filename: str) -> Response:
    file = shelf.files.get(filename) or abort(404)
    takes_gzip = bool(file.compressed) and request.accept_encodings["gzip"] > 0
    response = Response(file.compressed if takes_gzip else file.content, mimetype=file.mimetype)
    if file.compressed:
        response.vary.add("Accept-Encoding")
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    # A page that was loaded before an update asks by the old version, and must not keep the new file as it.
    response.headers["Cache-Control"] = A_YEAR if version == shelf.version else "no-cache"
    return response


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "text/javascript" if path.suffix == ".js" else guessed  # modules run under no other name
    is_text = kind.startswith("text/") or kind == "image/svg+xml"
    worth = is_text and len(content) >= WORTH_COMPRESSING
    return StaticFile(content, gzip.compress(content, 9, mtime=0) if worth else None, kind)

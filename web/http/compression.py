"""Compresses pages, where their size then tells nobody on the network a secret: decision 0036 says why.

Only the answer to a GET without a query, as it repeats nothing of what was asked, and what a view allows.
Streams are left alone.
"""

import gzip
from io import BytesIO
from secrets import randbelow

from flask import Flask, Response, g, request

KINDS = {"text/html", "image/svg+xml"}
WORTH_COMPRESSING = 500  # bytes
LEVEL = 5
MOST_PADDING = 100  # bytes


def set_up(app: Flask) -> None:
    app.after_request(_compress)


def allow_compressing() -> None:
    """The answer being made to a form: only our own page can have sent it, and no secret in it lasts."""
    g.may_be_compressed = True


def will_compress(response: Response) -> bool:
    return _may_be_compressed(response) and request.accept_encodings["gzip"] > 0


def _compress(response: Response) -> Response:
    if not _may_be_compressed(response):
        return response
    response.vary.add("Accept-Encoding")
    if will_compress(response):
        response.set_data(compressed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _may_be_compressed(response: Response) -> bool:
    return (
        (g.get("may_be_compressed", False) or _repeats_nothing())
        and response.status_code == 200
        and response.mimetype in KINDS
        and response.is_sequence  # not a stream
        and "Content-Encoding" not in response.headers
        and (response.content_length or 0) >= WORTH_COMPRESSING
    )


def _repeats_nothing() -> bool:
    return request.method in ("GET", "HEAD") and not request.query_string


def compressed(content: bytes) -> bytes:
    """With a file name of random length in gzip's header, so that two sizes are hard to compare."""
    packed, name = BytesIO(), "x" * randbelow(MOST_PADDING)
    with gzip.GzipFile(name, "wb", LEVEL, packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()

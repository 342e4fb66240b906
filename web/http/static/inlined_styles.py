"""Puts the style sheet into the page for whoever arrives from outside and has probably none of our files yet.

They see the page a round trip sooner. Decision 0040 says when, and why not always.
"""

import re
from base64 import b64encode
from hashlib import sha256

from flask import Flask, Response, request

from web.http import compression
from web.http.static.static_files import StaticFile, files_of

LINK = re.compile(rb'<link rel="stylesheet" href="/static/(\w+)/([\w./-]+)">')
FROM_OUTSIDE = {"none", "cross-site", "same-site"}  # typed, scanned, or a link in a text or on another site


def set_up(app: Flask) -> None:
    """Between headers, whose policy this adds to, and compression: the hooks run in reverse order."""
    files = files_of(app)

    @app.after_request
    def inline(response: Response) -> Response:
        # Nothing that a browser keeps: a 304 would bring it the policy for a page that links the sheet.
        if _arrives() and response.cache_control.no_store and compression.will_compress(response):
            page = response.get_data()
            link = LINK.search(page)
            if link and (sheet := files().files.get(link[2].decode())):
                response.set_data(page.replace(link[0], b"<style>%b</style>" % sheet.content, 1))
                _allow(sheet, response)
        return response


def _arrives() -> bool:
    """Scripts fetch pages, too, and do nothing with the styles."""
    headers = request.headers
    return headers.get("Sec-Fetch-Dest") == "document" and headers.get("Sec-Fetch-Site") in FROM_OUTSIDE


def _allow(sheet: StaticFile, response: Response) -> None:
    """This sheet and no other style, by its hash."""
    digest = b64encode(sha256(sheet.content).digest()).decode()
    response.headers["Content-Security-Policy"] += f"; style-src 'self' 'sha256-{digest}'"

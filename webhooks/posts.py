"""What the carrier posts, and what it is answered. Knows no Flask."""

from functools import cached_property
from typing import NamedTuple
from urllib.parse import parse_qsl

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Request

LARGEST_BODY = 256 * 1024  # bytes: a text of 20,000 characters, percent-encoded, with room to spare
FORM = "application/x-www-form-urlencoded"


class Post(Request):
    """Raises RequestEntityTooLarge where the body is read and larger than LARGEST_BODY, chunked or not."""

    max_content_length = LARGEST_BODY

    def read(self) -> bytes:
        """The whole body. One without a length is cut at the limit, and only a second read says so."""
        body = self.get_data()
        self.stream.read()
        return body

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """As Werkzeug's, by a shorter way; a body of any other type, or not in UTF-8, has no fields."""
        if self.mimetype != FORM:
            return ImmutableMultiDict()
        try:
            body = self.read().decode()
        except UnicodeDecodeError:
            return ImmutableMultiDict()
        return ImmutableMultiDict(parse_qsl(body, keep_blank_values=True, errors="werkzeug.url_quote"))

    def field(self, name: str) -> str:
        """A form field without NUL characters, which Postgres refuses, and surrounding space."""
        return self.form.get(name, "").replace("\x00", "").strip()


class Answer(NamedTuple):
    body: str = ""
    kind: str = ""  # its MIME type; empty where there is no body
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

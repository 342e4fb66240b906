"""Addresses in templates: each is built once, as a page has tens of them and the router takes its time.

Those that only their holder knows, such as a ticket's, are not kept.
"""

from functools import cache, lru_cache
from typing import Any

from flask import Flask, request

from web.http.access import Access, required_access

MOST_KEPT = 2_000
LONGEST_KEPT = 40  # characters of a value: anybody may type a longer one


def set_up(app: Flask) -> None:
    @lru_cache(MOST_KEPT, typed=True)
    def kept(root: str, endpoint: str, **values: Any) -> str:
        return app.url_for(endpoint, **values)

    def url_for(endpoint: str, **values: Any) -> str:
        if app.debug or not _may_keep(endpoint) or not _are_plain(values):
            return app.url_for(endpoint, **values)
        return kept(request.script_root, endpoint, **values)

    app.jinja_env.globals["url_for"] = url_for


@cache
def _may_keep(endpoint: str) -> bool:
    """Not a relative one, which depends on the page."""
    return not endpoint.startswith(".") and required_access(endpoint) not in (None, Access.HOLDER)


def _are_plain(values: dict[str, Any]) -> bool:
    """Words and numbers, and no orders to Flask, such as _external."""
    return all(
        name[0] != "_" and (isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST_KEPT))
        for name, value in values.items()
    )

"""A row of the line as HTML, kept for the next page that shows it: from press to press few rows change.

All that a row shows is in its `Waiting`, so a kept row is never out of date. Rows with buttons are not kept. What
is erased from the database is no longer shown, and is in the memory of the process until newer rows replace it.
"""

from functools import lru_cache

from flask import current_app
from markupsafe import Markup

from web.control.line import Waiting
from web.http.times import current_reader

ROWS_KEPT = 2_000


def kept_row(ticket: Waiting, keyword: str) -> Markup:
    return _row(ticket, keyword, current_reader().locale)


@lru_cache(ROWS_KEPT)
def _row(ticket: Waiting, keyword: str, locale: str) -> Markup:
    template = current_app.jinja_env.get_template("web/control/row.html")
    return Markup(template.render(ticket=ticket, keyword=keyword))

"""Chooses a page's language and time zone. Texts are marked with _() and translated in translations/.

The customer's own choice (the word LANG) wins, then the browser's languages, then the business's language. If
the browser names a country (en-GB), times and dates follow that country's format.
"""

from typing import Any
from zoneinfo import ZoneInfo

from babel.localedata import locale_identifiers
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_babel, get_translations, refresh

FALLBACK = "en"
COUNTRIES = frozenset(name.lower() for name in locale_identifiers() if len(name.split("_")) == 2)


def set_up(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=_locale, timezone_selector=_zone)
    with app.app_context():
        translated = get_babel().instance.list_translations()
    app.extensions["languages"] = sorted({FALLBACK, *(locale.language for locale in translated)})
    app.context_processor(lambda: {"language": _language()})
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda words: _catalog().ugettext(words),
        lambda one, many, count: _catalog().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda kind, words: _catalog().upgettext(kind, words),
        npgettext=lambda kind, one, many, count: _catalog().unpgettext(kind, one, many, count),
    )


def use_language(*, own: str | None = None, business: str | None = None, zone: str | None = None) -> None:
    """Set the language the reader chose, the business's language and its time zone for this request."""
    g.language_chosen, g.language_of_business, g.zone = own, business, zone
    refresh()
    for kept in ("catalog", "reader"):
        g.pop(kept, None)


def languages() -> list[str]:
    """The languages that pages are translated into."""
    found: list[str] = current_app.extensions["languages"]
    return found


def _catalog() -> Any:
    """This request's translations, looked up once: a page has about a hundred strings."""
    catalog = g.get("catalog")
    if catalog is None:
        catalog = g.catalog = get_translations()
    return catalog


def _language() -> str:
    if not has_request_context():
        return FALLBACK
    available = languages()
    chosen = g.get("language_chosen")
    if chosen not in available:
        of_business = g.get("language_of_business")
        default = of_business if of_business in available else FALLBACK
        # First, since a browser that takes any language ("*") takes the first one.
        in_order = [default, *(each for each in available if each != default)]
        chosen = request.accept_languages.best_match(in_order) or default
    return str(chosen)


def _locale() -> str:
    """The language, plus the country if the browser names one."""
    language = _language()
    if has_request_context():
        for asked, _quality in request.accept_languages:
            locale = asked.replace("-", "_")
            if locale.startswith(f"{language}_") and locale.lower() in COUNTRIES:
                return locale
    return language


def _zone() -> ZoneInfo:
    """Never the name of one: of a name Babel would ask pytz, which brings rules of its own."""
    return ZoneInfo((g.get("zone") if has_request_context() else None) or "UTC")

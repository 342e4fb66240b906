"""In which language and zone a page speaks; the words are marked with _() and stand in translations/.

A customer's own choice (the word LANG) goes first, then what the browser asks for, then the business's. A
browser that names a country too (en-GB) has times and dates written as they are there.
"""

from typing import Any

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


def speak(*, own: str | None = None, business: str | None = None, zone: str | None = None) -> None:
    """What a page knows of its reader: the language they chose, the business's, and the business's zone."""
    g.language_chosen, g.language_of_business, g.zone = own, business, zone
    refresh()
    g.pop("catalog", None)


def languages() -> list[str]:
    """The languages that pages can be in."""
    found: list[str] = current_app.extensions["languages"]
    return found


def _catalog() -> Any:
    """The words of this request's language, looked for once: a page has a hundred of them."""
    if "catalog" not in g:
        g.catalog = get_translations()
    return g.catalog


def _language() -> str:
    if not has_request_context():
        return FALLBACK
    spoken = languages()
    chosen = g.get("language_chosen")
    if chosen not in spoken:
        asked = request.accept_languages.best_match(spoken) if request.accept_languages else None
        of_business = g.get("language_of_business")
        chosen = asked or (of_business if of_business in spoken else FALLBACK)
    return str(chosen)


def _locale() -> str:
    """The language, with the country that the browser names beside it."""
    language = _language()
    if has_request_context():
        for asked, _quality in request.accept_languages:
            locale = asked.replace("-", "_")
            if locale.startswith(f"{language}_") and locale.lower() in COUNTRIES:
                return locale
    return language


def _zone() -> str | None:
    return g.get("zone") if has_request_context() else None

"""Chooses a page's language and time zone. Texts are marked with _() and translated in translations/.

The customer's own choice (the word LANG) wins, then the browser's languages, then the business's language. If
the browser names a country (en-GB), times and dates follow that country's format.
"""

from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from babel.localedata import locale_identifiers
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_babel, get_translations, refresh
from jinja2 import pass_context
from jinja2.runtime import Context

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
    _translate_once(app.jinja_env.globals)


def _translate_once(names: MutableMapping[str, Any]) -> None:
    """Words in which nothing is filled in are looked up, and marked as HTML, once for each language."""
    look_up = names["gettext"]

    @pass_context
    def gettext(context: Context, words: str, /, **given: Any) -> str:
        if given:
            found: str = look_up(context, words, **given)
            return found
        kept, key = _words_kept(), (words, bool(context.eval_ctx.autoescape))
        if key not in kept:
            kept[key] = look_up(context, words)
        return kept[key]

    names["gettext"] = names["_"] = gettext


def use_language(*, own: str | None = None, business: str | None = None, zone: str | None = None) -> None:
    """Set the language the reader chose, the business's language and its time zone for this request."""
    g.language_chosen, g.language_of_business, g.zone = own, business, zone
    refresh()
    for kept in ("catalog", "words_kept", "reader"):
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


_KEPT: WeakKeyDictionary[Any, dict[tuple[str, bool], str]] = WeakKeyDictionary()  # by catalog


def _words_kept() -> dict[tuple[str, bool], str]:
    """Of this request's language; there are as many as in our templates."""
    kept: dict[tuple[str, bool], str] | None = g.get("words_kept")
    if kept is None:
        kept = g.words_kept = _KEPT.setdefault(_catalog(), {})
    return kept


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

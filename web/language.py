"""In which language and zone a page speaks; the words are marked with _() and stand in translations/.

A customer's own choice (the word LANG) goes first, then what the browser asks for, then the business's.
"""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_babel, refresh

FALLBACK = "en"


def set_up(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=_language, timezone_selector=_zone)
    app.context_processor(lambda: {"language": _language()})


def speak(*, own: str | None = None, business: str | None = None, zone: str | None = None) -> None:
    """What a page knows of its reader: the language they chose, the business's, and the business's zone."""
    g.language_chosen, g.language_of_business, g.zone = own, business, zone
    refresh()


def languages() -> list[str]:
    """The languages that pages can be in."""
    return sorted({FALLBACK, *(locale.language for locale in get_babel().instance.list_translations())})


def _language() -> str:
    if not has_request_context():
        return FALLBACK
    spoken = languages()
    if (chosen := g.get("language_chosen")) in spoken:
        return str(chosen)
    asked = request.accept_languages.best_match(spoken) if request.accept_languages else None
    of_business = g.get("language_of_business")
    return asked or (of_business if of_business in spoken else FALLBACK)


def _zone() -> str | None:
    return g.get("zone") if has_request_context() else None

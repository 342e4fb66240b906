"""The templates of texts, templates/sms/<language>/<kind>.txt: loaded, with each language's plurals.

A chat has words of its own in templates/chat/, and those of an SMS where it has none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.lists import format_list
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

SMS_FOLDER = "sms"
WORDS = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = WORDS / SMS_FOLDER
FALLBACK_LANGUAGE = "en"
# Babel has them, but keeps 8 MB for being asked.
OWN_NAMES = {"de": "Deutsch", "en": "English", "es": "español", "fr": "français", "pt": "português"}


@cache
def languages() -> list[str]:
    """The languages that texts can be in."""
    return sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())


@cache
def language_choices() -> list[dict[str, str]]:
    """Each language's code and its own name for itself."""
    return [{"code": code, "language": _own_name(code)} for code in languages()]


@cache
def template_of(language: str, name: str, folder: str = SMS_FOLDER) -> Template:
    return environment_of(language, folder).get_template(f"{name}.txt")


def _own_name(code: str) -> str:
    return OWN_NAMES.get(code) or Locale.parse(code).get_display_name(code) or code


class WholeTexts(FileSystemLoader):
    """Loads a template with its includes already inlined: Jinja builds a new context for each include."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)

        def included(found: re.Match[str]) -> str:
            text = self.get_source(environment, found[1])[0].removesuffix("\n")
            return f"{{% with %}}{text}{{% endwith %}}"

        return INCLUDE.sub(included, source), path, is_current


INCLUDE = re.compile(r'\{% include "(\w+\.txt)" %\}')


@cache
def environment_of(language: str, folder: str = SMS_FOLDER) -> SandboxedEnvironment:
    folders = [WORDS / folder / language, TEMPLATES / language, TEMPLATES / FALLBACK_LANGUAGE]
    environment = SandboxedEnvironment(
        loader=WholeTexts(folders),
        undefined=StrictUndefined,
        auto_reload=False,
    )
    locale = Locale.parse(language)

    def either(values: Sequence[str]) -> str:
        return format_list(values, style="or", locale=locale)

    def one_of(choices: Sequence[Mapping[str, Any]], form: str) -> str:
        return either([_filled(form, choice) for choice in choices])

    def all_of(choices: Sequence[Mapping[str, Any]], form: str) -> str:
        return format_list([_filled(form, choice) for choice in choices], locale=locale)

    environment.globals |= {
        "language": language,
        "plural": choosing(locale.plural_form),
        "ordinal": choosing(locale.ordinal_form),
        "either": either,
        "one_of": one_of,
        "all_of": all_of,
    }
    return environment


def choosing(form_for: Callable[[int], str]) -> Callable[..., str]:
    """A function for templates, as in plural(n, one="{n} person", other="{n} people"): the form for `n`."""

    def choose(n: int, **forms: str) -> str:
        return forms.get(form_for(n), forms["other"]).replace("{n}", str(n))

    return choose


def _filled(form: str, facts: Mapping[str, Any]) -> str:
    for name, value in facts.items():
        form = form.replace(f"{{{name}}}", str(value))
    return form

"""No page contains what the content security policy refuses or skips escaping; every form has a token."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "templates" / "web").rglob("*.html"))
FORBIDDEN = {
    "a style in an element": re.compile(r"<[^>]*\sstyle\s*="),
    "a style sheet in the page": re.compile(r"<style\b"),
    "a script in the page": re.compile(r"<script\b(?![^>]*\bsrc=)"),
    "a script in an attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script as an address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "something from another site": re.compile(r"(src|href)\s*=\s*[\"'](https?:)?//"),
    "words that pass by the escaping": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}
WITH_TOKEN = re.compile(r"csrf\(\)|press_fields\(|send_fields\(|csrf_token")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_page_holds(what: str) -> None:
    found = [page.name for page in PAGES if FORBIDDEN[what].search(page.read_text())]
    assert found == []


def test_every_form_that_posts_has_a_token() -> None:
    forms = [
        (page.name, form)
        for page in PAGES
        for form in re.findall(r"<form\b.*?</form>", page.read_text(), re.DOTALL)
        if re.search(r"method=[\"']post", form, re.IGNORECASE)
    ]
    assert len(forms) > 15
    assert [name for name, form in forms if not WITH_TOKEN.search(form)] == []


def test_no_code_marks_words_as_safe() -> None:
    found = [
        str(file.relative_to(ROOT))
        for folder in ("web", "bot", "webhooks", "jobs")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"\bMarkup\(|markupsafe|render_template_string|autoescape=False", file.read_text())
    ]
    assert found == []

"""What builds addresses is compiled when one is built, and builds them as Werkzeug's own."""

import pytest
from werkzeug.routing import Map, Rule

from web.http.late_rules import LateRule

ADDRESSES = ("/", "/q/<keyword>", "/files/<path:rest>", "/t/<int:rule>/x")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules whose builders Werkzeug has compiled."""
    found: list[str] = []
    own = Rule._compile_builder

    def count(rule: Rule, append_unknown: bool = True) -> object:
        found.append(rule.rule)
        return own(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", count)
    return found


def built(kind: type[Rule], endpoint: str, values: dict[str, object]) -> str:
    rules = Map([kind(address, endpoint=address) for address in ADDRESSES])
    return rules.bind("shop.example").build(endpoint, values)


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("/", {"page": "2"}),
        ("/q/<keyword>", {"keyword": "a b/ü", "lang": "es"}),
        ("/files/<path:rest>", {"rest": "js/a b.js"}),
        ("/t/<int:rule>/x", {"rule": 7}),
    ],
)
def test_an_address_is_built_as_by_werkzeugs_own_rules(endpoint: str, values: dict[str, object]) -> None:
    assert built(LateRule, endpoint, values) == built(Rule, endpoint, values)


def test_no_other_rule_is_compiled_for_it(compiled: list[str]) -> None:
    built(LateRule, "/q/<keyword>", {"keyword": "CET236"})
    assert set(compiled) == {"/q/<keyword>"}

"""A file of words that is wrong stops the start with one line that says where."""

from pathlib import Path

import pytest

from bot.understanding.grammar import FOLDER, GrammarFault, load


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[[leave]\n", "xx.toml: "),
        ("[[leaf]]\npatterns = ['a']\n", "xx.toml: leaf is none of what a file of words has"),
        ("[[leave]]\nexamples = ['a']\n", "xx.toml, leave 1: it has no patterns"),
        ("[[leave]]\npatterns = ['(a|b']\n", "xx.toml, leave 1: '(' is never closed, in '(a|b'"),
        ("[[leave]]\npatterns = ['a]']\n", "xx.toml, leave 1: ']' closes nothing"),
        ("[[leave]]\npatterns = ['<me>']\n", "xx.toml, leave 1: there is no part <me>"),
        ("[[leave]]\npatterns = ['{hour}']\n", "xx.toml, leave 1: there is no slot {hour}"),
        ("[[leave]]\npatterns = ['a']\nwhole = true\nsure = true\n", "there is no setting sure"),
        ("[parts]\na = '<b>'\nb = '<a>'\n[[leave]]\npatterns = ['<a>']\n", "contains itself"),
    ],
)
def test_a_fault_names_the_file_and_the_entry(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "xx.toml").write_text(content)
    with pytest.raises(GrammarFault) as fault:
        load(tmp_path)
    assert says in str(fault.value)
    assert len(str(fault.value).splitlines()) == 1


def test_every_language_has_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {"commands", "en", "es", "fr", "pt", "de"}

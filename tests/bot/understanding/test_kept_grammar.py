"""The grammar that is kept for the next start reads as the one that was built, and is quickly read."""

import gc

import pytest

from bot.understanding.grammar import FOLDER, Grammar, load
from config.keeping import kept


@pytest.fixture(scope="module")
def built() -> Grammar:
    return load(FOLDER)


@pytest.fixture(scope="module")
def again(built: Grammar, tmp_path_factory: pytest.TempPathFactory) -> Grammar:
    """As the next start reads it."""
    folder = tmp_path_factory.mktemp("kept")
    kept("grammar", [FOLDER / "en.toml"], lambda: built, folder)
    found: Grammar = kept("grammar", [FOLDER / "en.toml"], lambda: None, folder)
    return found


def test_the_kept_grammar_reads_as_the_built_one(built: Grammar, again: Grammar) -> None:
    assert again.rules == built.rules
    words = [again.automaton.signature(word) for word in ("PLEASE", "CANCEL", "MY", "SPOT")]
    assert again.automaton.spans(words, 0, 4) == built.automaton.spans(words, 0, 4) != []


def test_words_of_the_same_languages_share_what_says_so(again: Grammar) -> None:
    languages_of = again.languages_of
    assert len(languages_of) > 1000
    assert len({id(codes) for codes in languages_of.values()}) == len(set(languages_of.values()))


def test_what_is_kept_of_the_automaton_is_a_few_arrays(again: Grammar) -> None:
    """Each would be read at the start of every process, and looked at by each collection of garbage."""
    met, new = set[int](), [vars(again.automaton)]
    while new:
        one = new.pop()
        if id(one) not in met and isinstance(one, dict | list | tuple | set | frozenset):
            met.add(id(one))
            new += gc.get_referents(one)
    assert len(met) < 20

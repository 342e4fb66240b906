"""The grammar that is kept for the next start reads as the one that was built, and is quickly read."""

import gc
import pickle
from pathlib import Path

from bot.understanding.grammar import FOLDER, grammar, load
from config.keeping import kept


def test_the_kept_grammar_reads_as_the_built_one(tmp_path: Path) -> None:
    built = load(FOLDER)
    kept("grammar", [FOLDER / "en.toml"], lambda: built, tmp_path / "kept")
    again = kept("grammar", [FOLDER / "en.toml"], lambda: None, tmp_path / "kept")
    assert again.rules == built.rules
    words = [again.automaton.signature(word) for word in ("PLEASE", "CANCEL", "MY", "SPOT")]
    assert again.automaton.spans(words, 0, 4) == built.automaton.spans(words, 0, 4) != []


def test_words_of_the_same_languages_share_what_says_so() -> None:
    languages_of = pickle.loads(pickle.dumps(grammar(), protocol=5)).languages_of
    assert len(languages_of) > 1000
    assert len({id(codes) for codes in languages_of.values()}) == len(set(languages_of.values()))


def test_what_is_kept_of_the_automaton_is_a_few_arrays() -> None:
    """Each would be read at the start of every process, and looked at by each collection of garbage."""
    automaton = pickle.loads(pickle.dumps(grammar(), protocol=5)).automaton
    met, new = set[int](), [vars(automaton)]
    while new:
        one = new.pop()
        if id(one) not in met and isinstance(one, dict | list | tuple | set | frozenset):
            met.add(id(one))
            new += gc.get_referents(one)
    assert len(met) < 20

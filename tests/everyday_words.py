"""Which of the commonest words of the five languages can be a keyword: `python -m tests.everyday_words`.

The lists of everyday words in bot/words are written by hand. This compares them with the frequency lists of
the PyPI package wordfreq, needed for this alone: `pip install wordfreq==3.1.1`. Its lists are under CC BY-SA,
and so are not copied here.
"""

import sys

from wordfreq import top_n_list

from bot.understanding import keyword_problem

LANGUAGES = ("en", "es", "fr", "pt", "de")
HOW_MANY = 200


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else HOW_MANY
    for language in LANGUAGES:
        free = [word for word in top_n_list(language, many) if keyword_problem(word) is None]
        print(f"{language}: {len(free)} of {many}: {' '.join(free)}")


if __name__ == "__main__":
    main()

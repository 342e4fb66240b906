"""What anybody typed, made fit to stand on a page, in a mail or a text: one line, nothing unseen, no towers.

Marks of direction would turn the words around it, marks piled on a letter climb over the lines above, and a
name of letters that show nothing can't be called. Knows no meaning.
"""

import unicodedata

FIRST_MARK = "\u0300"  # no letter before it is a mark or a blank
MOST_MARKS = 3  # on one letter: no writing in use needs more
JOINERS = "\u200c\u200d"  # part of how some names and signs are written
BLANKS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # letters by their kind, and nothing to see


def sanitized(text: str) -> str:
    if text.isprintable() and (text.isascii() or max(text) < FIRST_MARK):
        return " ".join(text.split())
    if not text.isascii():
        text = _without_towers(text)
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace() or c in JOINERS).split())


def _without_towers(text: str) -> str:
    kept, marks = [], MOST_MARKS  # a mark that begins the text has no letter to stand on
    for c in text:
        marks = marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        if marks <= MOST_MARKS and c not in BLANKS:
            kept.append(c)
    return "".join(kept)

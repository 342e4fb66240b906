"""The lines of a text without what a phone adds: signatures, and reactions that arrive as a text."""

import re

from bot.understanding.grammar import Grammar, Phrases
from bot.understanding.normalizing import LONGEST_TEXT, WORD, Text, plain, readable

QUOTE = re.compile("[\"“”„«»‘’']")
RULED_OFF = frozenset({"--", "—", "___"})


def lines_of(text: str, words: Grammar) -> list[str]:
    """Readable lines with something on them, up to a signature. At least one."""
    lines = [readable(line) for line in text[:LONGEST_TEXT].replace("\r", "\n").split("\n")]
    lines = [line for line in lines if line] or [""]
    for place, line in enumerate(lines[1:], start=1):
        if line in RULED_OFF or _begins(line, words.signatures):
            return lines[:place]
    return lines


def is_reaction(text: Text, words: Grammar) -> bool:
    """`Liked “You are number 12”`: phones without reactions get them as a text."""
    clean, first = text.clean, text.words[0].plain
    quoted = next((found.start() for found in QUOTE.finditer(clean) if _opens(clean, found.start())), None)
    if quoted is None and first not in words.reactions["before"] and first not in words.reactions["around"]:
        return False
    if quoted is not None:
        before = clean[:quoted].strip()
        if before and len(before) <= 12 and not any(c.isalnum() and c.isascii() for c in before[:1]):
            return True  # an emoji, perhaps with a word: 👍 to “...”
        return _begins(clean, words.reactions["before"]) or (
            _begins(clean, words.reactions["around"]) and _ends(clean, words.reactions["end"])
        )
    if _begins(clean, words.reactions["before"]):
        return _ends(clean, words.reactions["things"])
    return _begins(clean, words.reactions["around"]) and _ends(clean, words.reactions["end"])


def _opens(clean: str, place: int) -> bool:
    return clean[place] not in "’'" or place == 0 or not clean[place - 1].isalnum()


def _begins(line: str, phrases: Phrases) -> bool:
    first = WORD.search(line)
    alike = phrases.get(plain(first.group()), ()) if first else ()
    if not alike:
        return False
    said = " ".join(plain(word) for word in WORD.findall(line[:80])) + " "
    return any(said.startswith(f"{phrase} ") for phrase in alike)


def _ends(line: str, phrases: Phrases) -> bool:
    said = " " + " ".join(plain(word) for word in WORD.findall(line[-80:]))
    return any(said.endswith(f" {phrase}") for alike in phrases.values() for phrase in alike)

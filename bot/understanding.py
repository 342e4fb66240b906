"""What a customer's text means: `understand(text, keywords) -> Intent`, and what can be a keyword.

Pure: no database, no clock, and bounded work whatever the text. The words are in words.py; what to do
about a meaning is decided in conversation.py.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import NamedTuple

from anyascii import anyascii

from bot.sanitizing import sanitized
from bot.spelling import distance, nearest
from bot.words import (
    ABOUT_A_QUEUE,
    ABOUT_TEXTS,
    BEFORE_A_KEYWORD,
    BESIDE_A_KEYWORD,
    CARRIERS_WORDS,
    COURTEOUS,
    COURTEOUS_SIGNS,
    COURTESIES,
    FACES,
    FAREWELLS,
    GREETINGS,
    LANGUAGES,
    LEAVING,
    MINUTES,
    ORDINARY,
    RATING,
    REACTION,
    REFUSING,
    RESERVED,
    STOPPING,
    TEXTING,
    WHAT_IS_LEFT,
    WISHES,
    WORDS,
    Meaning,
)

LONGEST_TEXT = 1600  # the carrier's own limit
MOST_WORDS = 80
LONGEST_NAME = 40
LARGEST_PARTY = 99
MOST_MINUTES = 180
SHORTEST_KEYWORD, LONGEST_KEYWORD = 2, 20
MOST_SUGGESTIONS = 3
SUGGESTED_WORDS = ("STATUS", "LEAVE", "LATER", "AGAIN", "FORGET")

WORD = re.compile(r"[^\W_]+(?:['’ʼ‘][^\W_]+)*")
PARTY = re.compile(
    r"(?:(?P<name>.*?\S)[\s,;:/-]+)??(?:(?:table |party |group )?(?:of |for )|x ?)?(?P<party>\d{1,2})"
    r"(?: ?(?:people|persons?|pax|ppl|guests?|of us))?",
    re.IGNORECASE,
)
AROUND_A_NAME = " \t,.;:!?¿¡\"'“”‘’«»*_#/\\-–—=+&@|~<>"


@dataclass(frozen=True, slots=True)
class Intent:
    meaning: Meaning
    keyword: str | None = None
    name: str | None = None
    party: int | None = None
    number: int | None = None  # minutes, a rating, or how many others to let go first
    language: str | None = None
    suggestions: tuple[str, ...] = ()  # what they may have meant, as they would text it


class Word(NamedTuple):
    plain: str  # as compared: capitals and digits only
    end: int  # where it ends in the text


class Mention(NamedTuple):
    """Where a keyword stands among the words."""

    keyword: str
    start: int
    end: int


def understand(text: str, keywords: Collection[str]) -> Intent:
    """What `text` means at a number whose queues have these keywords (as `normal_keyword` writes them).

    Always answers; reads no more than the first 1,600 characters.
    """
    clean = readable(text)
    found = islice(WORD.finditer(clean), MOST_WORDS)
    words = [word for word in (Word(_plain(each.group()), each.end()) for each in found) if word.plain]
    if not words or clean.upper() in FACES:
        return Intent(_of_signs(clean))
    if REACTION.match(clean):
        return Intent(Meaning.THANKS)
    said = [word.plain for word in words]
    return (
        _whole_word(said)
        or _about_a_keyword(clean, words, frozenset(keywords))
        or _command(said)
        or _rating(clean)
        or _join_any(clean, words, keywords)
        or _courtesy(said)
        or _near_miss(said, keywords)
        or _question(said)
        or Intent(Meaning.UNKNOWN)
    )


def first_word(text: str) -> str:
    """The word a text begins with, as keywords are written; "" if there is none."""
    found = WORD.search(text[:LONGEST_TEXT])
    return _plain(found.group()) if found else ""


def normal_keyword(text: str) -> str:
    """How keywords are stored and compared: capitals and digits only, whatever the case, accents or signs."""
    return "".join(_plain(found) for found in WORD.findall(readable(text)))


def keyword_problem(keyword: str) -> str | None:
    """Why this can't be a keyword, in a sentence for the manager; None if it can."""
    asked = readable(keyword)
    letters = "".join(c for c in unicodedata.normalize("NFKD", asked) if not unicodedata.combining(c))
    if not letters:
        return "A keyword is what customers text to take a number, such as CET236. It can't be empty."
    if not (letters.isascii() and letters.isalnum()):
        return "A keyword has only letters from A to Z and digits, without spaces or signs, such as CET236."
    word = letters.upper()
    if not SHORTEST_KEYWORD <= len(word) <= LONGEST_KEYWORD:
        return f"A keyword has {SHORTEST_KEYWORD} to {LONGEST_KEYWORD} characters; {word} has {len(word)}."
    if MINUTES.fullmatch(word) or word.isdigit():
        return f"{word} can't be a keyword: a customer who texts a number means minutes. Add letters to it."
    if word in CARRIERS_WORDS:
        return (
            f"{word} can't be a keyword: phone companies keep that word for themselves, to stop, start "
            "or explain texts, so it would never take a number. Please choose another."
        )
    if word in RESERVED:
        return f"{word} can't be a keyword: it already does something else when a customer texts it."
    if word in ORDINARY or word in FACES:
        return f"{word} can't be a keyword: people write it in passing, and would take a number by accident."
    return None


def readable(text: str) -> str:
    """The text on one line, without what nobody typed: controls, marks of direction, half characters."""
    text = text[:LONGEST_TEXT].translate(_ACCENTS_AS_APOSTROPHES)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT]
    return sanitized(text)


_ACCENTS_AS_APOSTROPHES = str.maketrans("´`", "''")


def _plain(word: str) -> str:
    """Capitals and digits of a word, other alphabets and accents as A to Z."""
    return "".join(c for c in anyascii(word).upper() if c.isalnum())


def _of_signs(clean: str) -> Meaning:
    """A text without words: a question mark, a thumb, a face, or nothing."""
    if not clean:
        return Meaning.NOTHING
    if any(c in "?؟" for c in clean):
        return Meaning.STATUS
    if clean.upper() in FACES or any(c in COURTEOUS_SIGNS for c in clean):
        return Meaning.THANKS
    return Meaning.UNKNOWN


def _whole_word(said: Sequence[str]) -> Intent | None:
    meaning = WORDS.get(" ".join(said)) if len(said) <= 8 else None
    return Intent(meaning) if meaning else None


def _about_a_keyword(clean: str, words: Sequence[Word], keywords: frozenset[str]) -> Intent | None:
    """A keyword somewhere in the text: joining, or a word for that queue, or else we ask."""
    said = [word.plain for word in words]
    mention = _find_keyword(said, keywords)
    if mention is None:
        return None
    keyword, before, after = mention.keyword, said[: mention.start], said[mention.end :]
    if BEFORE_A_KEYWORD.issuperset(before):
        command = _command(after)
        if command and command.meaning in ABOUT_A_QUEUE:
            return replace(command, keyword=keyword)
        name, party = _name_and_party(clean[words[mention.end - 1].end :])
        return Intent(Meaning.JOIN, keyword=keyword, name=name, party=party)
    command = _command([word for word in before + after if word not in BESIDE_A_KEYWORD])
    if command and command.meaning in ABOUT_A_QUEUE | {Meaning.NUMBER, Meaning.MINUTES}:
        return replace(command, keyword=keyword)
    return Intent(Meaning.NEAR_MISS, suggestions=(keyword,))


def _find_keyword(said: Sequence[str], keywords: frozenset[str]) -> Mention | None:
    """The first keyword in the text, also in pieces (CET 236); the longest if several fit."""
    for start in range(len(said)):
        found, pieces = None, ""
        for end in range(start, len(said)):
            pieces += said[end]
            if len(pieces) > LONGEST_KEYWORD:
                break
            if pieces in keywords:
                found = Mention(pieces, start, end + 1)
        if found:
            return found
    return None


def _command(said: Sequence[str]) -> Intent | None:
    """A word of ours, with politeness around it and a number behind it where it takes one."""
    phrase = _without(said, WISHES, FAREWELLS)
    if not phrase or len(phrase) > 12:
        return None
    meaning = WORDS.get(" ".join(phrase)) or WORDS.get(" ".join(_without(said, GREETINGS, FAREWELLS)))
    if meaning == Meaning.OPT_OUT_AND_LEAVE and len(phrase) == 1:
        return Intent(Meaning.LEAVE)  # "can I cancel": the carrier stops nothing, and they expect to be told
    if meaning == Meaning.CARRIER_HELP:
        return Intent(Meaning.MENU)  # "help please" is not the carrier's word: nobody else would answer
    if meaning and meaning not in (Meaning.OPT_IN, Meaning.THANKS):
        return Intent(meaning)
    if _says_stop(said):
        return Intent(Meaning.OPT_OUT)
    if phrase[0] in LEAVING and WHAT_IS_LEFT.issuperset(phrase[1:]):
        return Intent(Meaning.LEAVE)
    if phrase[0] == "LATER" and len(phrase) == 2 and phrase[1].isdigit():
        return Intent(Meaning.LATER, number=int(phrase[1][:3]))
    if phrase[0] in ("LANG", "LANGUAGE"):
        return Intent(Meaning.LANGUAGE, language=LANGUAGES.get(phrase[1], phrase[1].lower()[:8]))
    if phrase[-1] in LANGUAGES and phrase[:-1] in ([], ["IN"], ["SPEAK"]):
        return Intent(Meaning.LANGUAGE, language=LANGUAGES[phrase[-1]])
    return _minutes(phrase)


def _without(said: Sequence[str], before: Collection[str], after: Collection[str]) -> list[str]:
    start, end = 0, len(said)
    while start < end and said[start] in before:
        start += 1
    while end > start and said[end - 1] in after:
        end -= 1
    return list(said[start:end])


def _says_stop(said: Sequence[str]) -> bool:
    if not ABOUT_TEXTS.issuperset(said):
        return False
    if any(second == "STOP" and first in ("DONT", "NOT", "NEVER") for first, second in pairwise(said)):
        return False
    stops = not STOPPING.isdisjoint(said) or ("OPT", "OUT") in pairwise(said)
    return stops or not (REFUSING.isdisjoint(said) or TEXTING.isdisjoint(said))


def _minutes(phrase: Sequence[str]) -> Intent | None:
    """`15`, `15 min`, `in 15 minutes`. Not `10-15` nor `12:30`, whose meaning we would have to guess."""
    spoken = "".join(word for word in phrase if word not in ("IN", "AWAY", "ABOUT"))
    pieces = sum(word[0].isdigit() for word in phrase)
    found = MINUTES.fullmatch(spoken)
    if found is None or pieces != 1 or int(found[1]) > MOST_MINUTES:
        return None
    is_bare = len(phrase) == 1 and phrase[0].isdigit()
    return Intent(Meaning.NUMBER if is_bare else Meaning.MINUTES, number=int(found[1]))


def _rating(clean: str) -> Intent | None:
    """`5 stars`, `5/5`, `5 out of 5`; a number alone is for the conversation to understand."""
    rated = RATING.fullmatch(clean)
    return Intent(Meaning.RATING, number=int(rated[1])) if rated else None


def _join_any(clean: str, words: Sequence[Word], keywords: Iterable[str]) -> Intent | None:
    """`JOIN` without a keyword, perhaps with a name; but a mistyped keyword is no name."""
    said = [word.plain for word in words]
    start = next((i for i, word in enumerate(said) if word not in WISHES), 0)
    if said[start] != "JOIN":
        return None
    end = start + 1
    while end < len(said) and said[end] in BEFORE_A_KEYWORD:
        end += 1
    if missed := _near_miss(said[end:], keywords):
        return missed
    if end < len(said) and _is_code(said[end]):
        return Intent(Meaning.UNKNOWN)
    name, party = _name_and_party(clean[words[end - 1].end :])
    return Intent(Meaning.JOIN, name=name, party=party)


def _is_code(word: str) -> bool:
    return not word.isdigit() and not word.isalpha()


def _courtesy(said: Sequence[str]) -> Intent | None:
    courteous = COURTEOUS.issuperset(said) and not COURTESIES.isdisjoint(said)
    return Intent(Meaning.THANKS) if courteous else None


def _question(said: Sequence[str]) -> Intent | None:
    """`status of Ana`, `where do I go`: telling them where they stand changes nothing."""
    phrase = _without(said, WISHES, FAREWELLS)
    return Intent(Meaning.STATUS) if phrase and phrase[0] in ("STATUS", "WHERE") else None


def _name_and_party(rest: str) -> tuple[str | None, int | None]:
    """What follows the keyword: a name as it stands, and how many they are if it ends in a number."""
    rest = rest[:200].strip(AROUND_A_NAME)
    party, name = None, rest
    if (found := PARTY.fullmatch(rest)) and 1 <= int(found["party"]) <= LARGEST_PARTY:
        party, name = int(found["party"]), found["name"] or ""
    name = name[:LONGEST_NAME].strip(AROUND_A_NAME)
    return (name if any(c.isalpha() for c in name) else None), party


def _near_miss(said: Sequence[str], keywords: Iterable[str]) -> Intent | None:
    """A keyword with a slip of the finger in it, alone or after a word of ours; or one of our words."""
    words = _without(said, BEFORE_A_KEYWORD, FAREWELLS)
    if not words:
        return None
    if words[0] in ("STATUS", "LEAVE", "OUT", "WHERE") and len(words) > 1:
        word = "LEAVE" if words[0] == "OUT" else words[0]
        return _suggest(f"{word} {keyword}" for keyword in nearest(words[1:], keywords))
    if missed := _suggest(nearest(words, keywords)):
        return missed
    if len(words) == 1:
        return _suggest(word for word in SUGGESTED_WORDS if distance(words[0], word, 1) <= 1)
    return None


def _suggest(suggestions: Iterable[str]) -> Intent | None:
    found = tuple(suggestions)[:MOST_SUGGESTIONS]
    return Intent(Meaning.NEAR_MISS, suggestions=found) if found else None

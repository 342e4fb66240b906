"""The syntax of a business's own wording: words, placeholders in braces, optional parts in brackets.

    You are number {number} for {queue}[, {name}]. {place} {wait} {link}
    Please come to [{desk}|the counter].

A placeholder is filled with a fact or a sentence of ours. A part in brackets is used only if none of its
placeholders is empty; otherwise what follows the bar is. Pure; knows no kind of text and no language.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile(r"\{[^{}\[\]]*\}|[{}\[\]]|[^{}\[\]]+")
NAME = re.compile(r"\{ *([A-Za-z_]+) *\}")


class Unreadable(Exception):
    """A brace or bracket without its partner, or brackets within brackets; `sign` is the character."""

    def __init__(self, sign: str) -> None:
        super().__init__(sign)
        self.sign = sign


class Piece(NamedTuple):
    name: str


class Optional(NamedTuple):
    """`said` if none of its placeholders is empty, else `other`."""

    said: "tuple[str | Piece, ...]"
    other: "tuple[str | Piece, ...]" = ()


Words = tuple[str | Piece | Optional, ...]


@lru_cache(maxsize=512)
def read(text: str) -> Words:
    """Raises Unreadable."""
    parts: list[str | Piece | Optional] = []
    inside: list[str | Piece] | None = None
    for token in TOKEN.findall(text):
        if token == "[" and inside is None:
            inside = []
        elif token == "]" and inside is not None:
            parts.append(_optional(inside))
            inside = None
        elif token in ("[", "]", "{", "}"):
            raise Unreadable(token)
        else:
            (parts if inside is None else inside).append(_part(token))
    if inside is not None:
        raise Unreadable("[")
    return tuple(parts)


def pieces_in(words: Words) -> Iterator[str]:
    for part in words:
        if isinstance(part, Piece):
            yield part.name
        elif isinstance(part, Optional):
            yield from pieces_in((*part.said, *part.other))


def always_said(words: Words) -> frozenset[str]:
    """The placeholders outside brackets."""
    return frozenset(part.name for part in words if isinstance(part, Piece))


def fill(words: Words, said: Callable[[str], str]) -> str:
    """The text, with `said(name)` for each piece."""
    return "".join(_filled(part, said) for part in words)


def _filled(part: str | Piece | Optional, said: Callable[[str], str]) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Piece):
        return said(part.name)
    has_all = all(said(name).strip() for name in pieces_in(part.said))
    return fill(part.said if has_all else part.other, said)


def _part(token: str) -> str | Piece:
    if not token.startswith("{"):
        return token
    found = NAME.fullmatch(token)
    if not found:
        raise Unreadable("{")
    return Piece(found[1].lower())


def _optional(parts: list[str | Piece]) -> Optional:
    said: list[str | Piece] = []
    other: list[str | Piece] | None = None
    for part in parts:
        before, bar, after = part.partition("|") if isinstance(part, str) else (part, "", "")
        (said if other is None else other).append(before)
        if bar:
            if other is not None or "|" in str(after):
                raise Unreadable("|")
            other = [after]
    return Optional(_without_nothing(said), _without_nothing(other or []))


def _without_nothing(parts: list[str | Piece]) -> tuple[str | Piece, ...]:
    return tuple(part for part in parts if part != "")

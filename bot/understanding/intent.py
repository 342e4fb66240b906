"""What was understood of a text: the answer of `understand`."""

from dataclasses import dataclass, field

from bot.meanings import Meaning


@dataclass(frozen=True, slots=True)
class Intent:
    meaning: Meaning
    keyword: str | None = None
    name: str | None = None
    party: int | None = None
    number: int | None = None  # minutes, a rating, how many others to let go first, or a ticket's
    language: str | None = None  # the one that is asked for
    suggestions: tuple[str, ...] = ()  # what they may have meant, as they would text it
    news: "Intent | None" = None  # beside an opt-out: that they are here or coming
    wrote_in: str | None = field(default=None, compare=False)
    """The language of the text; None where it has only words of ours, a keyword, a name, a number."""
    exact: bool = field(default=False, compare=False)
    """The carrier's word and nothing else: the carrier has acted on it and answered."""
    like_name: bool = field(default=False, compare=False)
    """The name stands behind the keyword and has no word in it that we know: hardly a sentence."""
    said_name: bool = field(default=False, compare=False)  # "my name is", not merely a word behind a keyword
    said_party: bool = field(default=False, compare=False)
    answer: bool | None = field(default=None, compare=False)
    """A yes or a no and nothing else, in any language: the answer to a question of ours, if one is open.

    Where none is, a "never mind" has its own meaning."""

    def in_language(self, wrote_in: str | None) -> "Intent":
        """The same, written in that language; field by field, since `dataclasses.replace` is slow."""
        if wrote_in == self.wrote_in:
            return self
        return Intent(
            self.meaning,
            self.keyword,
            self.name,
            self.party,
            self.number,
            self.language,
            self.suggestions,
            self.news,
            wrote_in,
            self.exact,
            self.like_name,
            self.said_name,
            self.said_party,
            self.answer,
        )

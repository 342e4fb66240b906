"""A door code in a text: taken out before the words are read, so that it is never part of a name; and what is
answered without a good one."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from bot.reply_context import SILENCE, Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.throttling import whose_texts
from bot.understanding import normal_keyword
from models.queueing.door_codes import GUESSES, LENGTH, LETTERS, good_codes, plain_code
from models.queueing.setup.keywords import old_keywords_of_business
from models.queueing.tables.queues import Queue
from models.storage.rate_limits import count, counted

WITHOUT_KEYWORD = ("JOIN", "AGAIN")
MOST_IN_TEXT = 3  # looked at: each text counts as one try, however many codes it holds
HYPHEN = r"[-\u2010-\u2015]?"
HALF = rf"[{LETTERS}]{{{LENGTH // 2}}}"
HALVES = re.compile(f"{HALF}{HYPHEN}{HALF}")  # in capitals, as it is shown
SHAPE = re.compile(rf"(?<![^\W\d_])[{LETTERS}](?:{HYPHEN}[{LETTERS}]){{{LENGTH - 1}}}(?!\w)", re.IGNORECASE)


def without_door_code(
    text: str, queues: Sequence[Queue], keywords: Collection[str], now: datetime
) -> tuple[str, frozenset[int]]:
    """The text without its door code, and the queues that the code opens.

    A good code that begins the text stands for the keyword, too. One that is wrong or old is taken out only
    directly behind a keyword, JOIN or AGAIN: elsewhere such letters are words. Of many codes only the first
    are looked at.
    """
    opens = [(code, queue) for queue in queues for code in good_codes(queue, now)]
    if not opens:
        return text, frozenset()
    good, found = {code for code, _ in opens}, list(SHAPE.finditer(text))
    code = next((one for one in found[:MOST_IN_TEXT] if plain_code(one[0]) in good), None)
    if code is None:
        behind = (one for one in found if _asks_for_number(text[: one.start()], keywords))
        wrong = next((one for one in behind if _is_meant_as_code(one[0], keywords)), None)
        return _without(text, wrong), frozenset()
    opened = [queue for said, queue in opens if said == plain_code(code[0])]
    is_first = not text[: code.start()].strip() and not _begins_with(text[code.end() :], keywords)
    rest = _without(text, code, opened[0].keyword if is_first else "")
    return rest, frozenset(queue.id for queue in opened)


def count_guess(context: ReplyContext) -> None:
    """A code that is not good counts as a try also where nothing says which queue it is for."""
    if any(queue.door_code for queue in context.queues) and SHAPE.search(context.message.body):
        count(context.session, GUESSES, whose_texts(context), context.now)


def brings_code(context: ReplyContext, queue: Queue) -> bool:
    """With a good code, and not after so many tries that it may be a guess."""
    if queue.id not in context.opened:
        return False
    return counted(context.session, GUESSES, whose_texts(context), context.now) < GUESSES.most


def ask_for_code(context: ReplyContext, queue: Queue) -> Reply:
    """Where to look for it; whoever has tried very many is told once to wait, and then nothing.

    Of a code that is no good it is said: else they would send the same one again.
    """
    tries = count(context.session, GUESSES, whose_texts(context), context.now)
    if tries <= GUESSES.most:
        facts = {"queue": queue.name, "keyword": queue.keyword, "is_wrong": _brings_any(context)}
        return context.say(ReplyKind.DOOR_CODE, **facts)
    if tries > GUESSES.most + 1:
        return SILENCE
    return context.say(ReplyKind.TOO_MANY, minutes=GUESSES.minutes_left(context.now))


def _brings_any(context: ReplyContext) -> bool:
    old = old_keywords_of_business(context.session, context.business.id, context.now)
    keywords = [*(queue.keyword for queue in context.queues), *old]
    return any(_is_meant_as_code(one[0], keywords) for one in SHAPE.finditer(context.message.body))


def _is_meant_as_code(written: str, keywords: Collection[str]) -> bool:
    """Of four such letters which open nothing; keywords and names like "Ng-Ng" or "J-R-R-T" are not."""
    if any(plain_code(written) in keyword for keyword in keywords):
        return False
    return written.isalpha() or bool(HALVES.fullmatch(written))


def _without(text: str, code: re.Match[str] | None, instead: str = "") -> str:
    return f"{text[: code.start()]}{instead} {text[code.end() :]}".strip() if code else text


def _asks_for_number(text: str, keywords: Collection[str]) -> bool:
    plain = normal_keyword(text)
    return plain in WITHOUT_KEYWORD or plain.endswith(tuple(keywords))


def _begins_with(text: str, keywords: Collection[str]) -> bool:
    return normal_keyword(text).startswith(tuple(keywords))

"""Plays a conversation as it is written down: "> text" is what Ana sends, "< text" what she must read.

"Ben> …" is another phone; "<" alone is silence; "..." stands for anything; "* Rosa calls next" is a stage
direction, done by the function given under that name. A minute passes before every line.
"""

import itertools
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.handle_texts import handle_texts
from bot.incoming import UnroutedText
from bot.reply_context import Reply
from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import GSM_TEXT, segments
from models.people.addresses import Channel
from models.storage.database import transaction
from tests import world

PHONES = {"Ana": world.ANA, "Ben": world.BEN, "Cai": world.CAI}
PUBLIC_URL = "https://queue.example.com"

_sids = itertools.count(1)


def text_in(
    body: str,
    phone: str = world.ANA,
    now: datetime = world.NOON,
    *,
    to: str = world.SHOP_PHONE,
    opt_out_type: str | None = None,
    channel: Channel = Channel.SMS,
) -> Reply:
    """A customer texts us; the answer, stored as the webhook stores it."""
    text = UnroutedText(f"SM{next(_sids):032d}", to, phone, body, opt_out_type, channel=channel)

    def work(session: Session) -> Reply:
        [taken] = handle_texts(
            session, [text], now=now, public_url=PUBLIC_URL, settle_after=timedelta(seconds=45)
        )
        assert taken is not None
        return Reply(ReplyKind(taken.reply_kind) if taken.reply_kind else None, taken.reply)

    return transaction(work)


def play(transcript: str, stage: dict[str, Callable[[datetime], object]] | None = None) -> None:
    reply: Reply | None = None
    lines = [line.strip() for line in transcript.strip().splitlines() if line.strip()]
    for minute, line in enumerate(lines):
        now = world.NOON + world.minutes(minute)
        if line.startswith("*"):
            (stage or {})[line[1:].strip()](now)
        elif sent := re.match(r"(\w*)> ?(.*)", line):
            reply = text_in(sent[2], PHONES[sent[1] or "Ana"], now)
        else:
            assert reply is not None
            _check(line, reply)


def _check(line: str, reply: Reply) -> None:
    expected = line.removeprefix("<").strip()
    if not expected:
        assert reply.text is None, f"silence was wanted, not: {reply.text}"
        return
    assert reply.text is not None, f"no answer, instead of: {expected}"
    pattern = ".*".join(re.escape(part.strip()) for part in expected.split("..."))
    assert re.fullmatch(pattern, reply.text), f"\nwanted: {expected}\n  got: {reply.text}"
    assert GSM_TEXT.fullmatch(reply.text)
    assert segments(reply.text) <= 2

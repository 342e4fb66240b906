"""What `flask replay --talk` adds to a script: some who are called ask something, and are answered. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from commands.replay.plan import Act, Script
from models.queueing.tables.events import EventKind

EACH_TALKS = 3  # every so manieth of those who are called
QUESTION = "which door do I take?"
ANSWER = "The one in front of you."


def with_talk(script: Script) -> Script:
    return replace(script, acts=[each for act in script.acts for each in _and_talk(act)])


def _and_talk(act: Act) -> Iterator[Act]:
    yield act
    if act.kind == EventKind.CALLED and act.servicer is not None and act.record.number % EACH_TALKS == 0:
        yield replace(act, kind=EventKind.SAID, servicer=None)
        yield replace(act, kind=EventKind.REPLIED)

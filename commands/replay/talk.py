"""What `flask replay --talk` adds to a script: what people say, and how it is answered. Pure.

Some ask WHEN to come before they join. Of those who are called some ask something and are answered; some say
that they are coming, are put on hold, and brought in; and who leaves after the call says so with 9. Everybody
still ends as in the file.
"""

from collections.abc import Iterator
from dataclasses import replace

from commands.replay.plan import Act, Script
from models.queueing.tables.events import EventKind

EACH_ASKS_WHEN = 5  # every so manieth of those who join
EACH_TALKS, EACH_IS_HELD = 3, 4  # … and of those who are called
QUESTION = "which door do I take?"
ANSWER = "The one in front of you."
COMING, NOT_COMING, WHEN = "1", "9", "WHEN"
BROUGHT_IN = EventKind.MOVED  # from hold, and called: they are told once more that it is their turn


def with_talk(script: Script) -> Script:
    return replace(script, acts=[each for act in script.acts for each in _and_talk(act)])


def _and_talk(act: Act) -> Iterator[Act]:
    if act.kind == EventKind.LEFT and act.record.called_at:
        yield replace(act, words=NOT_COMING)
        return
    if act.kind == EventKind.JOINED and act.record.number % EACH_ASKS_WHEN == 0:
        yield replace(act, words=WHEN)
    yield act
    if act.kind == EventKind.CALLED and act.servicer is not None and act.record.number % EACH_TALKS == 0:
        yield replace(act, kind=EventKind.SAID, servicer=None)
        yield replace(act, kind=EventKind.REPLIED)
    if act.kind == EventKind.CALLED and act.servicer is not None and act.record.number % EACH_IS_HELD == 0:
        yield replace(act, kind=EventKind.COMING, servicer=None)
        yield replace(act, kind=EventKind.SET_ASIDE)
        yield replace(act, kind=BROUGHT_IN)

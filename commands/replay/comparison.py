"""What a replayed day came to, beside its file: outcomes, numbers, texts and waits."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import click

from commands.replay.plan import Script
from commands.replay.play import Play
from commands.replay.stage import StoredTicket, count_unsent, stored_tickets, texts_received, told_again
from commands.replay.talk import BROUGHT_IN
from models.people.addresses import Address
from models.queueing.line.promised import MOST_CHANGES
from models.queueing.tables.events import EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading


class Comparison:
    """`phones` by the line of the file, `texted` the number of ours that each phone texts."""

    def __init__(self, script: Script, phones: Mapping[int, str], texted: Mapping[str, Address]) -> None:
        self.script, self.phones, self.texted = script, phones, texted

    def differences(self, play: Play, queue_id: int, began: datetime, speed: float) -> Iterator[str]:
        """Prints the results; returns the differences."""
        with reading() as session:
            kept = stored_tickets(session, queue_id, self.phones.values(), began)
            texts = texts_received(session, self.phones.values(), began)
            unsent = count_unsent(session, queue_id, began)
        click.echo(f"Acts       {play.played - play.otherwise} of {play.played} as in the file")
        tickets = {line: kept.get(phone, []) for line, phone in self.phones.items()}
        yield from self._outcomes(tickets)
        yield from self._numbers(play, tickets)
        again = Counter(self.phones[act.record.line] for act in self.script.acts if act.kind == BROUGHT_IN)
        doubled = [(phone, body) for (phone, _, body), count in texts.items() if count > 1 + again[phone]]
        click.echo(f"Texts      {texts.total()} came, {len(doubled) or 'none'} twice; {unsent} under way")
        yield from (f"The phone {phone[-4:]} got twice: {body}" for phone, body in doubled)
        yield from (
            f"The phone {phone[-4:]} was told by another channel, {channel.title}: {body}"
            for phone, channel, body in texts
            if channel != self.texted[phone].channel
        )
        yield from self._promises(queue_id, began)
        self._waits(play, tickets, speed)
        yield from self._closing(queue_id)

    def _closing(self, queue_id: int) -> Iterator[str]:
        if any(act.kind == EventKind.LAST_CALL for act in self.script.acts):
            with reading() as session:
                state = session.get_one(Queue, queue_id).state
            click.echo(f"Queue      {state} after last call")
            if state != QueueState.CLOSED:
                yield f"After last call the queue is {state}."

    def _outcomes(self, tickets: Mapping[int, list[StoredTicket]]) -> Iterator[str]:
        as_in_file: Counter[str] = Counter()
        wanted = Counter(record.outcome.value for record in self.script.records)
        for record in self.script.records:
            found = [ticket.state for ticket in tickets[record.line]]
            if found == [record.outcome]:
                as_in_file[record.outcome.value] += 1
            else:
                ended = " and ".join(found) or "nothing"
                yield f"Number {record.number} of the file: {ended} instead of {record.outcome}."
        told = (f"{as_in_file[outcome]} of {count} {outcome}" for outcome, count in wanted.most_common())
        click.echo(f"Outcomes   {', '.join(told)}")

    def _numbers(self, play: Play, tickets: Mapping[int, list[StoredTicket]]) -> Iterator[str]:
        told = Counter(play.numbers.values())
        twice = [number for number, count in told.items() if count > 1]
        wrong = [
            line for line, number in play.numbers.items() if [t.number for t in tickets[line]] != [number]
        ]
        click.echo(
            f"Numbers    {min(told, default=0)} to {max(told, default=0)}, {len(twice) or 'none'} twice"
        )
        yield from (f"Number {number} was given twice." for number in twice)
        yield from (f"Number {play.numbers[line]} was told, but another one kept." for line in wrong)

    def _promises(self, queue_id: int, began: datetime) -> Iterator[str]:
        with reading() as session:
            told = told_again(session, queue_id, began)
        if told or any(act.kind == EventKind.PAUSED for act in self.script.acts):
            click.echo(f"Promises   {len(told)} were told that their wait had changed")
        if max(told, default=0) > MOST_CHANGES:
            yield f"Somebody was told {max(told)} times that their wait had changed."

    def _waits(self, play: Play, tickets: Mapping[int, list[StoredTicket]], speed: float) -> None:
        """Without the pause, which no file tells of."""
        apart = []
        for record in self.script.records:
            found = tickets[record.line]
            if record.called_at is not None and len(found) == 1 and found[0].wait is not None:
                wait = found[0].wait - (play.paused if record.line in play.waited_out else timedelta())
                apart.append(abs(wait * speed - (record.called_at - record.joined_at)).total_seconds())
        if apart:
            mean, most = sum(apart) / len(apart), max(apart)
            click.echo(
                f"Waits      of {len(apart)} called: {mean:.1f} s apart on average, {most:.1f} s at most "
                f"(of the day; one real second is {speed:g})"
            )

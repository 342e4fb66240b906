"""Plain joins that come at one moment, answered together: the statements of one text serve them all.

The rule is that of `take_numbers`, as for one alone, and the words are the same. Whatever is not plain (a
copy, a phone that waits already, was asked something, texts twice at once or was taken for unreachable, a
queue that refuses) is left to bot.conversation. Runs inside the caller's transaction; never commits or sends.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from bot.incoming import HandledText, IncomingText
from bot.joining.door_codes import without_door_code
from bot.joining.joins import number_facts
from bot.meanings import Meaning
from bot.reply_context import Reply, clear_language, keywords_to_name, worded
from bot.reply_kinds import ReplyKind
from bot.throttling import phones_over, phones_to_be_counted
from bot.understanding import Intent, normal_keyword, understand
from bot.wording.text_forms import TextForm, form_for
from models.people.actors import By
from models.people.addresses import SHARE_OPT_OUTS
from models.people.business import OurNumber
from models.people.customers import Customer, Known
from models.people.typed_phones import without_phones
from models.queueing.day_turn import turn_if_due
from models.queueing.door_codes import GUESSES
from models.queueing.hours.closing_time import closing_facts, closing_of
from models.queueing.messages.text_me import code_in, hyphenated_in
from models.queueing.numbers import Joiner, Taken, take_numbers
from models.queueing.refusals import refuses, took_too_many
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, Source, among
from models.queueing.tables.tickets import Ticket
from models.storage.request_id import under_request
from models.texts.inbox import InboundMessage
from models.texts.open_questions import OpenQuestion, ask_at_joining


class Plain(NamedTuple):
    """A text that only asks for a number in the queue it names."""

    text: IncomingText
    intent: Intent
    words: str  # without a door code


class Joined(NamedTuple):
    """A text that got a number: whose it is, the number, and the answer."""

    text: IncomingText
    intent: Intent
    person: Known
    taken: Taken
    reply: Reply


class Batch(NamedTuple):
    """What the joins of one queue have in common. It is locked, and its day turned."""

    session: Session
    our_number: OurNumber
    queue: Queue
    keywords: Sequence[str]  # of all queues
    to_name: Sequence[str]  # those of them that an answer names
    form: TextForm
    public_url: str
    now: datetime


def join_batch(
    session: Session,
    our_number: OurNumber,
    queues: Sequence[Queue],
    texts: Sequence[IncomingText],
    *,
    now: datetime,
    public_url: str,
    settle_after: timedelta,
) -> dict[str, HandledText]:
    """The answers to those of `texts` that were plain joins, by sid. Raises LostRace: try again."""
    answers: dict[str, HandledText] = {}
    found, keywords = {queue.id: queue for queue in queues}, [queue.keyword for queue in queues]
    form = form_for(our_number.channel)
    for queue_id, plain in sorted(_plain_joins(queues, texts, now).items()):
        queue = found[queue_id].locked(session)
        turn_if_due(session, queue, now)
        if refuses(session, queue, Source.TEXT, now, len(plain), our_number.channel) is not None:
            continue
        batch = Batch(session, our_number, queue, keywords, keywords_to_name(queues), form, public_url, now)
        joining = _joining(batch, plain)
        if not joining:
            continue
        joined = _take_numbers(batch, joining)
        _keep(batch, joined, settle_after)
        if queue.question:
            asked = {one.person.id: one.taken.ticket_id for one in joined if one.reply.asks}
            ask_at_joining(session, asked, now)
        for text, _, _, taken, reply in joined:
            answers[text.sid] = HandledText(reply.text, reply.kind, True, taken.ticket_id)
    return answers


def _joining(batch: Batch, plain: Sequence[Plain]) -> list[tuple[Plain, Known]]:
    """Those of them that are answered here, each with who sent it."""
    known_sids = InboundMessage.known_among(batch.session, [one.text.sid for one in plain])
    if batch.queue.door_code:
        plain = _with_guesses_left(batch, plain)
    people = _free(batch, plain)
    return [
        (one, person)
        for one in plain
        if (person := people.get(one.text.sender)) is not None
        and one.text.sid not in known_sids
        and _is_meant(one, person, batch.keywords)
    ]


def _take_numbers(batch: Batch, joining: Sequence[tuple[Plain, Known]]) -> list[Joined]:
    joiners = [Joiner(person.id, one.intent.name, one.intent.party or 1) for one, person in joining]
    first, _ = joining[0]
    with under_request(first.text.request_id):  # whom a servicer is told of
        taken = take_numbers(
            batch.session,
            batch.queue,
            joiners,
            source=Source.TEXT,
            by=By.customer(),
            now=batch.now,
            our_number_id=batch.our_number.id,
        )
    closes_at = closing_of(batch.session, batch.queue, batch.now)
    return [
        Joined(one.text, one.intent, person, mine, _reply(batch, one.intent, person, mine, closes_at))
        for (one, person), mine in zip(joining, taken, strict=True)
    ]


def _plain_joins(
    queues: Sequence[Queue], texts: Sequence[IncomingText], now: datetime
) -> dict[int, list[Plain]]:
    asking = {queue.id for queue in queues if queue.door_code}
    id_of = {queue.keyword: queue.id for queue in queues}
    phones, sids = Counter(text.sender for text in texts), Counter(text.sid for text in texts)
    plain: dict[int, list[Plain]] = {}
    read: dict[str, tuple[str, frozenset[int], Intent]] = {}  # each wording once: most are the keyword alone
    for text in texts:
        if text.opt_out_type or phones[text.sender] > 1 or sids[text.sid] > 1:
            continue
        if text.body not in read:
            words, opened = without_door_code(text.body, queues, id_of.keys(), now)
            read[text.body] = words, opened, understand(words, id_of.keys())
        words, opened, intent = read[text.body]
        queue_id = id_of.get(intent.keyword or "")
        if intent.meaning != Meaning.JOIN or queue_id is None or code_in(intent.name):
            continue
        if hyphenated_in(text.body):
            continue
        if queue_id in opened or queue_id not in asking:
            plain.setdefault(queue_id, []).append(Plain(text, intent, words))
    return plain


def _with_guesses_left(batch: Batch, plain: Sequence[Plain]) -> list[Plain]:
    """Without the phones that have tried too many door codes."""
    phones = [one.text.sender for one in plain]
    spent = phones_over(batch.session, GUESSES, batch.our_number.business_id, phones, batch.now)
    return [one for one in plain if one.text.sender not in spent]


def _is_meant(plain: Plain, person: Known, keywords: Sequence[str]) -> bool:
    """Whether it is a plain join in the language that they speak, too."""
    if person.is_new or person.spoken is None or _is_the_same_in_all(plain):
        return True
    return understand(plain.words, keywords, person.spoken) == plain.intent


def _is_the_same_in_all(plain: Plain) -> bool:
    """The keyword alone, or with a name that is a word in none of our languages."""
    return plain.intent.like_name or normal_keyword(plain.words) == plain.intent.keyword


def _free(batch: Batch, plain: Sequence[Plain]) -> dict[str, Known]:
    """Those of them who hold no number anywhere, have not taken many and were asked nothing, by phone."""
    session, our_number, now = batch.session, batch.our_number, batch.now
    wrote_in = {one.text.sender: clear_language(one.intent) for one in plain}
    impatient = phones_to_be_counted(session, our_number.business_id, wrote_in, now)
    wrote_in = {phone: language for phone, language in wrote_in.items() if phone not in impatient}
    people = Customer.each_with_phone(session, our_number.business_id, wrote_in, our_number.id, now)
    if our_number.channel not in SHARE_OPT_OUTS:  # what they write may end a block
        people = {phone: person for phone, person in people.items() if not person.opted_out}
    old = [person.id for person in people.values() if not person.is_new]
    if not old:
        return people
    live = select(Ticket.customer_id).where(Ticket.customer_id.in_(old), among(Ticket.state, LIVE))
    asked = select(OpenQuestion.customer_id).where(
        OpenQuestion.customer_id.in_(old), OpenQuestion.expires_at >= now
    )
    busy = set(session.scalars(union_all(live, asked))) | took_too_many(session, old, now)
    busy |= {person.id for person in people.values() if person.is_unreachable}
    return {phone: person for phone, person in people.items() if person.id not in busy}


def _reply(batch: Batch, intent: Intent, person: Known, taken: Taken, closes_at: datetime | None) -> Reply:
    if person.opted_out:
        return Reply(ReplyKind.JOINED, None)
    closing = closing_facts(batch.queue, taken.wait, closes_at, batch.now)
    facts = {"first": not person.was_welcomed} | number_facts(batch.queue, taken, intent.name) | closing
    language = person.language or clear_language(intent) or person.wrote_language
    business = batch.our_number.business
    return worded(ReplyKind.JOINED, facts, business, batch.to_name, language, batch.public_url, batch.form)


def _keep(batch: Batch, joined: Sequence[Joined], settle_after: timedelta) -> None:
    """Each text with its answer, and who has now been told who we are."""
    rows = [
        {
            "sid": text.sid,
            "our_number_id": text.our_number_id,
            "customer_id": person.id,
            "queue_id": batch.queue.id,
            "body": without_phones(text.body, batch.our_number.phone),
            "received_at": batch.now,
            "reply_kind": reply.kind,
            "reply": reply.text,
            "reply_segments": reply.segments,
            "reply_settle_after": None if reply.text is None else batch.now + settle_after,
            "late": False,
            "reply_lookups": 0,
            "request_id": text.request_id,
        }
        for text, _, person, _, reply in joined
    ]
    InboundMessage.record_answered(batch.session, rows)
    greeted = [one.person for one in joined if one.reply.text is not None]
    late = [person.id for person in greeted if not (person.was_welcomed or person.is_new)]
    Customer.welcome(batch.session, late, batch.now)
    _keep_languages(batch.session, joined)


def _keep_languages(session: Session, joined: Sequence[Joined]) -> None:
    """Of those who write in another language than before; new people were recorded with theirs."""
    writing: dict[str, list[int]] = {}
    for one in joined:
        person, language = one.person, clear_language(one.intent)
        if language and person.language is None and language != person.wrote_language:
            writing.setdefault(language, []).append(person.id)
    for language, customer_ids in sorted(writing.items()):
        Customer.record_language(session, language, customer_ids)

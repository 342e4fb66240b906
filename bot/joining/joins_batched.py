"""Plain joins that come at one moment, answered together: the statements of one text serve them all.

The rule is that of `take_numbers`, as for one alone, and the words are the same. Whatever is not plain (a
copy, a phone that waits already, was asked something, texts twice at once or was taken for unreachable, a
queue that refuses) is left to bot.conversation. Runs inside the caller's transaction; never commits or sends.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
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
from models.people.business import Business, OurNumber
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
    for queue_id, plain in sorted(_plain_joins(queues, texts, now).items()):
        queue = found[queue_id].locked(session)
        turn_if_due(session, queue, now)
        if refuses(session, queue, Source.TEXT, now, len(plain), our_number.channel) is not None:
            continue
        known_sids = InboundMessage.known_among(session, [one.text.sid for one in plain])
        if queue.door_code:
            plain = _with_guesses_left(session, our_number.business_id, plain, now)
        people = _free(session, our_number, plain, now)
        joining = [
            one for one in plain if one.text.sid not in known_sids and _is_meant(one, people, keywords)
        ]
        if not joining:
            continue
        with under_request(joining[0].text.request_id):  # the first of them is whom a servicer is told of
            taken = take_numbers(
                session,
                queue,
                [
                    Joiner(people[one.text.sender].id, one.intent.name, one.intent.party or 1)
                    for one in joining
                ],
                source=Source.TEXT,
                by=By.customer(),
                now=now,
                our_number_id=our_number.id,
            )
        closes_at = closing_of(session, queue, now)
        to_name = keywords_to_name(queues)
        replies = {
            one.text.sid: _reply(
                people[one.text.sender],
                our_number.business,
                queue,
                to_name,
                mine,
                one.intent,
                public_url,
                form_for(our_number.channel),
                closing_facts(queue, mine.wait, closes_at, now),
            )
            for one, mine in zip(joining, taken, strict=True)
        }
        _keep(session, our_number, queue, joining, people, replies, now, settle_after)
        if queue.question:
            asked = zip(joining, taken, strict=True)
            tickets = {people[t.sender].id: mine.ticket_id for (t, *_), mine in asked if replies[t.sid].asks}
            ask_at_joining(session, tickets, now)
        for one, mine in zip(joining, taken, strict=True):
            reply = replies[one.text.sid]
            answers[one.text.sid] = HandledText(reply.text, reply.kind, True, mine.ticket_id)
    return answers


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


def _with_guesses_left(
    session: Session, business_id: int, plain: Sequence[Plain], now: datetime
) -> list[Plain]:
    """Without the phones that have tried too many door codes."""
    spent = phones_over(session, GUESSES, business_id, [one.text.sender for one in plain], now)
    return [one for one in plain if one.text.sender not in spent]


def _is_meant(plain: Plain, people: Mapping[str, Known], keywords: Sequence[str]) -> bool:
    """Whether it is a plain join of one of these, in the language that they speak."""
    person = people.get(plain.text.sender)
    if person is None:
        return False
    if person.is_new or person.spoken is None or _is_the_same_in_all(plain):
        return True
    return understand(plain.words, keywords, person.spoken) == plain.intent


def _is_the_same_in_all(plain: Plain) -> bool:
    """The keyword alone, or with a name that is a word in none of our languages."""
    return plain.intent.like_name or normal_keyword(plain.words) == plain.intent.keyword


def _free(session: Session, our_number: OurNumber, plain: Sequence[Plain], now: datetime) -> dict[str, Known]:
    """Those of them who hold no number anywhere, have not taken many and were asked nothing, by phone."""
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


def _reply(
    person: Known,
    business: Business,
    queue: Queue,
    keywords: Sequence[str],
    taken: Taken,
    intent: Intent,
    public_url: str,
    form: TextForm,
    closing: dict[str, str],
) -> Reply:
    if person.opted_out:
        return Reply(ReplyKind.JOINED, None)
    facts = {"first": not person.was_welcomed} | number_facts(queue, taken, intent.name) | closing
    language = person.language or clear_language(intent) or person.wrote_language
    return worded(ReplyKind.JOINED, facts, business, keywords, language, public_url, form)


def _keep(
    session: Session,
    our_number: OurNumber,
    queue: Queue,
    joining: Sequence[Plain],
    people: Mapping[str, Known],
    replies: Mapping[str, Reply],
    now: datetime,
    settle_after: timedelta,
) -> None:
    """Each text with its answer, and who has now been told who we are."""
    rows = [
        {
            "sid": text.sid,
            "our_number_id": text.our_number_id,
            "customer_id": people[text.sender].id,
            "queue_id": queue.id,
            "body": without_phones(text.body, our_number.phone),
            "received_at": now,
            "reply_kind": replies[text.sid].kind,
            "reply": replies[text.sid].text,
            "reply_segments": replies[text.sid].segments,
            "reply_settle_after": None if replies[text.sid].text is None else now + settle_after,
            "late": False,
            "reply_lookups": 0,
            "request_id": text.request_id,
        }
        for text, *_ in joining
    ]
    InboundMessage.record_answered(session, rows)
    greeted = [people[text.sender] for text, *_ in joining if replies[text.sid].text is not None]
    late = [person.id for person in greeted if not (person.was_welcomed or person.is_new)]
    Customer.welcome(session, late, now)
    _keep_languages(session, joining, people)


def _keep_languages(session: Session, joining: Sequence[Plain], people: Mapping[str, Known]) -> None:
    """Of those who write in another language than before; new people were recorded with theirs."""
    writing: dict[str, list[int]] = {}
    for text, intent, _ in joining:
        person, language = people[text.sender], clear_language(intent)
        if language and person.language is None and language != person.wrote_language:
            writing.setdefault(language, []).append(person.id)
    for language, customer_ids in sorted(writing.items()):
        Customer.record_language(session, language, customer_ids)

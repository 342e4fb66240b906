"""Names and phones in webhooks: they go only where they may, and nothing of them is kept."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.webhooks.sending import (
    Claim,
    Outcome,
)
from tests.jobs.webhooks.receiver import BROKEN, Shop
from tests.models.webhooks.listening import deliveries, listens
from tests.one_database import on_sqlite
from tests.world import (
    ANA,
    NOON,
    join,
)


@on_sqlite
def test_names_and_phones_go_only_where_they_may_and_are_not_kept(queue: Queue, rosa: Servicer) -> None:
    blind, _ = listens(rosa)
    seeing, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana")
    shop = Shop(lambda claim: Outcome(status=200, answer=f"hello {claim.name or 'you'}"))
    shop.tell(blind), shop.tell(seeing)
    without, with_people = (claim.body for claim in shop.got)
    assert "Ana" not in without
    assert ANA[1:] not in without
    assert f'"name":"Ana","phone":"{ANA}"' in with_people
    assert [deliveries(hook)[0].answer for hook in (blind, seeing)] == ["hello you", None]


@on_sqlite
@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (f"{ANA} is wrong", "+… is wrong"),
        ("not found: (555) 010-00 01", "not found: (…"),
        ('{"phone":"5.5.5-0-1/0 0 0 0 1"}', '{"phone":"…"}'),
        ("ANA LOPES? no Ana, no Zoé, no banana", "… …? no …, no …, no banana"),
        ('{"name":"Ana Lopes Zo\\u00e9"}', '{"name":"…"}'),
        ("error 500 in line 12", "error 500 in line 12"),
    ],
)
def test_of_an_answer_that_names_somebody_phones_and_the_name_are_not_kept(
    answer: str, kept: str, queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana Lopes Zoé")
    Shop(lambda _: Outcome(status=500, answer=answer)).tell(hook)
    assert deliveries(hook)[0].answer == kept


@on_sqlite
def test_of_somebody_forgotten_nothing_is_sent_and_no_answer_kept(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana")
    shop = Shop(lambda _: BROKEN)
    shop.tell(hook)
    assert deliveries(hook)[0].answer == "oops"

    def work(session: Session) -> None:
        ana = Customer.with_phone(session, queue.business_id, ANA, NOON)
        forget(session, ana, by=By.customer(), now=NOON)

    def forgets_meanwhile(claim: Claim) -> Outcome:
        if len(shop.got) == 2:
            assert "Ana" in claim.body
            transaction(work)
        return Outcome(status=200, answer="thanks for Ana")

    shop.answer = forgets_meanwhile
    shop.tell(hook, timedelta(minutes=5))
    shop.tell(hook)
    assert shop.kinds[-1] == "ticket.forgotten"
    assert all("Ana" not in claim.body and ANA[1:] not in claim.body for claim in shop.got[2:])
    assert not any("Ana" in (each.answer or "") for each in deliveries(hook))

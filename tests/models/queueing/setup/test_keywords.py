"""A queue's keyword changes: the old one leads on, and for how long and for whom."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.people.business import Business
from models.queueing.setup.keywords import (
    change_keyword,
    free_keyword,
    is_free,
    old_keywords_of,
    old_keywords_of_business,
    queue_once_at,
)
from models.queueing.setup.new_queues import make_queue
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests import world
from tests.one_database import on_both
from tests.world import NOON, make_business

A_YEAR = timedelta(days=365)


def rename(queue: Queue, keyword: str, now: datetime = NOON) -> None:
    transaction(lambda s: change_keyword(s, Queue.lock(s, queue.id), keyword, now=now))


def leads_to(keyword: str, now: datetime = NOON) -> str | None:
    with reading() as session:
        queue = queue_once_at(session, keyword, now)
        return queue.keyword if queue else None


def old(queue: Queue, now: datetime = NOON) -> list[str]:
    with reading() as session:
        return [one.keyword for one in old_keywords_of(session, session.get_one(Queue, queue.id), now)]


def free_for(business: Business, keyword: str) -> bool:
    with reading() as session:
        return is_free(session, keyword, business.id)


def test_an_old_keyword_leads_on_for_a_year(queue: Queue) -> None:
    rename(queue, "CUTS1")
    assert (leads_to("CET236"), leads_to("cet236"), leads_to("CUTS1")) == ("CUTS1", "CUTS1", None)
    assert leads_to("CET236", NOON + A_YEAR - timedelta(seconds=1)) == "CUTS1"
    assert leads_to("CET236", NOON + A_YEAR) is None


def test_the_last_three_of_a_queue_are_kept_and_all_lead_to_the_present_one(queue: Queue) -> None:
    for day, keyword in enumerate(("CUTS1", "CUTS2", "CUTS3", "CUTS4")):
        rename(queue, keyword, NOON + timedelta(days=day))
    assert old(queue) == ["CUTS3", "CUTS2", "CUTS1"]
    assert [leads_to(keyword) for keyword in ("CET236", "CUTS1", "CUTS3")] == [None, "CUTS4", "CUTS4"]


def test_a_queue_that_takes_its_old_keyword_again_has_it(queue: Queue) -> None:
    rename(queue, "CUTS1")
    rename(queue, "CET236", NOON + timedelta(days=1))
    assert (old(queue), leads_to("CUTS1")) == (["CUTS1"], "CET236")


def take(business: Business, keyword: str, now: datetime = NOON) -> Queue:
    return transaction(lambda s: make_queue(s, business.id, keyword, name="Shaves", now=now))


def test_the_own_business_may_use_an_old_keyword_and_has_its_address_again(
    queue: Queue, business: Business
) -> None:
    rename(queue, "CUTS1")
    assert free_for(business, "CET236")
    assert take(business, "CET236").address == "CET236"
    assert (leads_to("CET236"), free_for(business, "CET236")) == (None, False)


def test_another_business_may_have_it_too_at_an_address_of_its_own(queue: Queue) -> None:
    others = [make_business(name=name, number=f"+1555010999{name}") for name in "123"]
    assert all(free_for(other, "CET236") for other in others)
    assert [take(other, "CET236").address for other in others] == ["CET236-2", "CET236-3", "CET236-4"]


def test_no_address_is_given_that_people_write_for_another_keyword(queue: Queue, business: Business) -> None:
    """Whoever writes CET236-2 for CET2362 must not find the newcomer's queue."""
    world.make_queue(business, "CET2362")
    rename(world.make_queue(business, "CET2364"), "SHAVES")
    others = [make_business(name=name, number=f"+1555010999{name}") for name in "123"]
    assert [take(other, "CET236").address for other in others] == ["CET236-3", "CET236-5", "CET236-6"]


@on_both
def test_an_address_that_leads_on_is_nobody_elses_until_it_ends(queue: Queue, business: Business) -> None:
    rename(queue, "CUTS1")
    second, third = (make_business(name=name, number=f"+1555010999{name}") for name in "12")
    its = take(second, "CET236")
    assert (its.address, leads_to("CET236")) == ("CET236-2", "CUTS1")
    rename(its, "SHAVES")
    assert [leads_to(each) for each in ("CET236", "CET236-2", "cet236-2")] == ["CUTS1", "SHAVES", "SHAVES"]
    with reading() as session:
        assert old_keywords_of_business(session, business.id, NOON) == {"CET236": queue.id}
        assert old_keywords_of_business(session, second.id, NOON) == {"CET236": its.id}
    assert take(third, "CET236", NOON + A_YEAR).address == "CET236"
    assert leads_to("CET236", NOON + A_YEAR) is None


def test_a_freed_keyword_leads_nowhere(queue: Queue, business: Business) -> None:
    rename(queue, "CUTS1")
    shaves = world.make_queue(business, "SHAVES")

    def free(which: Queue, keyword: str) -> bool:
        def work(session: Session) -> bool:
            return free_keyword(session, Queue.lock(session, which.id), keyword)

        return transaction(work)

    assert not free(shaves, "CET236")
    assert free(queue, "cet236")
    assert not free(queue, "CET236")
    assert (leads_to("CET236"), old(queue)) == (None, [])


def test_the_words_of_an_archived_queue_are_not_understood(queue: Queue, business: Business) -> None:
    rename(queue, "CUTS1")
    with reading() as session:
        assert old_keywords_of_business(session, business.id, NOON) == {"CET236": queue.id}
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "archived_at", NOON))
    with reading() as session:
        assert old_keywords_of_business(session, business.id, NOON) == {}

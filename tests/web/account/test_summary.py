"""A manager chooses their daily and weekly summaries, by mail and by text."""

import pytest

from models.people.business import Business
from models.people.servicers import BY_MAIL, BY_TEXT, Role, Servicer
from models.people.summary_period import Period
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.web.visitor import Visitor
from tests.world import make_servicer


@pytest.fixture
def mia(business: Business) -> Servicer:
    return make_servicer(business, "Mia", role=Role.MANAGER)


@pytest.fixture
def mias(visitor: Visitor, mia: Servicer) -> Visitor:
    visitor.sign_in(mia).open("/account")
    return visitor


def chosen(servicer: Servicer, period: Period = Period.DAY) -> tuple[bool, bool]:
    with reading() as session:
        row = session.get_one(Servicer, servicer.id)
        return getattr(row, BY_MAIL[period]), getattr(row, BY_TEXT[period])


def test_it_comes_by_mail_until_they_say_no(mias: Visitor, mia: Servicer) -> None:
    assert mias.page.form_of("Save summary")[1]["gets_summary"] == "y"
    page = mias.press("Save summary", gets_summary="")
    assert page.notices == ["Saved."]
    assert chosen(mia) == (False, False)
    assert "gets_summary" not in page.form_of("Save summary")[1]
    mias.press("Save summary", gets_summary="y")
    assert chosen(mia) == (True, False)
    assert chosen(mia, Period.WEEK) == (True, False)


def test_the_weekly_one_is_stopped_and_had_back_by_itself(mias: Visitor, mia: Servicer) -> None:
    mias.press("Save summary", gets_weekly_summary="")
    assert (chosen(mia), chosen(mia, Period.WEEK)) == ((True, False), (False, False))
    page = mias.press("Save summary", wants_weekly_summary_texts="y")
    assert "save your phone number first" in page.notices[0]
    transaction(lambda s: s.get_one(Servicer, mia.id).set_phone("+15550107001"))
    mias.press("Save summary", gets_weekly_summary="y", wants_weekly_summary_texts="y")
    assert (chosen(mia), chosen(mia, Period.WEEK)) == ((True, False), (True, True))


def test_by_text_it_comes_to_a_phone_that_is_known(mias: Visitor, mia: Servicer) -> None:
    page = mias.press("Save summary", gets_summary="", wants_summary_texts="y")
    assert page.notices == ["Nothing was saved: to get summaries by text, save your phone number first."]
    assert chosen(mia) == (True, False)
    transaction(lambda s: s.get_one(Servicer, mia.id).set_phone("+15550107001"))
    page = mias.press("Save summary", wants_summary_texts="y")
    assert page.notices == ["Saved."]
    assert chosen(mia) == (True, True)


def test_who_is_no_manager_is_not_asked_and_can_not_choose(
    queue: Queue, luis: Servicer, luiss: Visitor
) -> None:
    page = luiss.open("/account")
    assert "Save summary" not in page.buttons
    token = page.form_of("Save")[1]["csrf_token"]
    answer = luiss.client.post("/manage/my-summary", data={"csrf_token": token})
    assert answer.status_code == 403
    assert chosen(luis) == (True, False)

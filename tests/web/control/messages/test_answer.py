"""What somebody answered to the queue's question: asked on the page, read by the servicers alone."""

import pytest
from flask import Flask

from models.people.actors import By
from models.people.business import Business
from models.privacy.forgetting import forget
from models.queueing.notes import LONGEST_ANSWER
from models.queueing.tables.queues import Queue
from tests.bot.transcript import text_in
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Page, Visitor
from tests.world import ANA, NOON, change, join, make_business, make_queue, make_servicer, minutes, ticket

QUESTION = "What is it about?"
RULES = "/manage/queues/CET236/rules"
EVIL = "</q><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }} %(number)s"


def answers(page: Page) -> list[str]:
    """On the servicer's page, from the top."""
    return [each.all("bdi")[0].text for each in page.root.all("span", **{"class": "answered"})]


def set_question(visitor: Visitor, question: str) -> Page:
    visitor.open(RULES)
    return visitor.press("Save", question=question)


def take(visitor: Visitor, answer: str) -> Page:
    visitor.open("/q/CET236")
    return visitor.press("Take a number", name="Ana", answer=answer)


@pytest.fixture
def queue(business: Business) -> Queue:
    return make_queue(business, question=QUESTION)


def test_a_manager_sets_it_and_whoever_joins_is_asked(
    queue: Queue, rosas: Visitor, luiss: Visitor, visitor: Visitor
) -> None:
    set_question(rosas, "Something else?")
    assert f"Question {QUESTION}" in set_question(rosas, f" {QUESTION}\n").text
    page = take(visitor, "  Beard\ntrim ")
    assert "You told the counter: Beard trim" in page.text
    assert answers(rosas.open("/control/CET236")) == ["Beard trim"]
    assert answers(rosas.press("Call next")) == ["Beard trim"], "under Now serving"
    assert answers(luiss.open("/control/CET236")) == ["Beard trim"], "with whom Rosa serves"
    assert "Answer: Beard trim" in open_ticket(luiss, queue, 1).text


def test_the_question_is_the_label_and_need_not_be_answered(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET236")
    labels = [label.text for label in page.root.all("label") if label.attributes["for"] == "answer"]
    assert labels == [f"{QUESTION} optional"]
    assert "You told the counter" not in take(visitor, " ").text
    assert ticket(queue, 1).answer is None


def test_empty_asks_nothing(queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    assert "Question nothing is asked" in set_question(rosas, "  ").text
    assert "answer" not in visitor.open("/q/CET236").form_of("Take a number")[1]


@pytest.mark.parametrize(
    ("question", "said"),
    [("x" * 81, "Use at most 80 characters."), ("Seen www.example.com?", "numbers out of the question.")],
)
def test_what_can_not_be_asked_is_refused(queue: Queue, rosas: Visitor, question: str, said: str) -> None:
    page = set_question(rosas, question)
    assert "Nothing was saved yet." in page.text
    assert said in page.text
    assert page.form_of("Save")[1]["question"] == question


def test_one_that_is_too_long_is_told_beside_the_field_and_takes_nothing(
    queue: Queue, visitor: Visitor
) -> None:
    page = take(visitor, "x" * (LONGEST_ANSWER + 1))
    assert page.status == 422
    assert page.root.all(id="answer-error")[0].text == "Use at most 200 characters."
    assert page.form_of("Take a number")[1]["answer"] == "x" * (LONGEST_ANSWER + 1)
    assert "You are number 1" in visitor.press("Take a number", answer="x" * LONGEST_ANSWER).headings


def test_an_answer_by_text_is_on_the_open_page_and_in_the_history_without_its_words(
    queue: Queue, rosas: Visitor
) -> None:
    text_in("CET236 Ana", ANA, NOON)
    before = rosas.open("/control/CET236").root.all("div", **{"class": "counter"})[0]
    text_in("Zebrawood hat", ANA, NOON + minutes(1))
    page = rosas.open("/control/CET236")
    assert answers(page) == ["Zebrawood hat"]
    assert (
        page.root.all("div", **{"class": "counter"})[0].attributes["data-change"]
        > before.attributes["data-change"]
    )
    told = story(open_ticket(rosas, queue, 1))
    assert "Answered your question" in " ".join(told)
    assert not any("Zebrawood" in line for line in told)


def test_markup_is_words(queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    pages = [take(visitor, EVIL), rosas.open("/control/CET236"), rosas.press("Call next")]
    pages.append(open_ticket(rosas, queue, 1))
    pages.append(set_question(rosas, "<script>alert(2)</script> 7?"))
    pages.append(visitor.open("/q/CET236"))
    for page in pages:
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
    assert answers(pages[2]) == [EVIL]


def test_a_long_one_stands_shortened_on_the_row_and_whole_under_now_serving(
    queue: Queue, rosas: Visitor, visitor: Visitor
) -> None:
    words = "word " * (LONGEST_ANSWER // 5 - 1) + "ends."
    take(visitor, words)
    [row] = answers(rosas.open("/control/CET236"))
    assert words.startswith(row.removesuffix("…"))
    assert len(row) < len(words)
    assert answers(rosas.press("Call next")) == [words]


def test_a_phone_in_it_is_masked(queue: Queue, visitor: Visitor) -> None:
    take(visitor, "call +1 555 010 1234")
    assert "010 1234" not in (ticket(queue, 1).answer or "")


def test_nobody_else_reads_it(queue: Queue, visitor: Visitor, app: Flask) -> None:
    take(visitor, "Zebrawood hat.")
    for path in ("/q/CET236", "/q/CET236.json", "/q/CET236/board", "/q/CET236/embed"):
        assert "Zebrawood" not in Visitor(app).client.get(path).text, path


def test_another_business_never_reads_it(queue: Queue, visitor: Visitor, app: Flask) -> None:
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    make_queue(elsewhere, "OTHER")
    take(visitor, "Zebrawood hat.")
    theirs = Visitor(app).sign_in(make_servicer(elsewhere, "Sam"))
    assert "Zebrawood" not in theirs.open("/control/OTHER").html
    assert theirs.client.get("/control/CET236").status_code == 404
    assert theirs.client.get(f"/control/CET236/ticket/{ticket(queue, 1).id}").status_code == 404


def test_of_somebody_forgotten_there_is_none(queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    page = take(visitor, "Zebrawood hat.")
    change(1, queue, lambda s, t: forget(s, t.customer, by=By.customer(), now=NOON + minutes(1)))
    assert ticket(queue, 1).answer is None
    assert "Zebrawood" not in open_ticket(rosas, queue, 1).html
    assert "Zebrawood" not in visitor.open(page.path).html


def test_who_has_a_number_may_still_answer(queue: Queue, visitor: Visitor) -> None:
    join(queue, None)
    take(visitor, "")
    take(visitor, "Beard trim")
    assert ticket(queue, 2).answer == "Beard trim"

"""Text wording on the manager's pages: shown, customized, rejected with a reason, and reset."""

import pytest
from flask import Flask

from bot.wording.custom_wording import changeable_kinds
from models.people.audit_log import AuditEntry
from models.people.business import Business
from models.people.custom_wording import all_custom_wording
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.visitor import Page, Visitor
from tests.world import make_business, make_servicer
from web.manage.texts import views as texts
from web.manage.texts.text_kinds import TITLES, WHEN

TURN = "/manage/texts/en/your_turn"
OWN = "It's your turn, dear {number}. Come to [{desk}|the chair]."


def own(business: Business, language: str = "en") -> dict[str, str]:
    with reading() as session:
        return all_custom_wording(session, business.id, language)


def bubbles(page: Page) -> list[str]:
    return [each.text for each in page.root.all("p", **{"class": "bubble bubble-in"})]


def test_every_kind_is_shown_as_it_reads_with_a_title_and_when(queue: Queue, rosas: Visitor) -> None:
    page = rosas.open("/manage/texts")
    assert page.path == "/manage/texts/en"
    links = [a.attributes["href"] for a in page.root.all("a", **{"class": "stretched-link"})]
    assert sorted(links) == sorted(f"/manage/texts/en/{kind}" for kind in changeable_kinds())
    assert set(TITLES) == set(WHEN) == set(changeable_kinds())
    assert "It's your turn, number 27 (Ana). Please come to Desk 2 for Haircuts." in bubbles(page)


# Which language it is, no database can tell.
@pytest.mark.parametrize(
    ("kept_database", "language"),
    [("sqlite", "fr"), ("postgres", "pt"), ("sqlite", "de")],
    indirect=["kept_database"],
)
def test_every_kind_can_be_opened(rosas: Visitor, language: str) -> None:
    for kind in changeable_kinds():
        page = rosas.open(f"/manage/texts/{language}/{kind}")
        assert (page.status, len(bubbles(page))) == (200, 1), kind


def test_custom_wording_is_saved_shown_and_recorded(business: Business, queue: Queue, rosas: Visitor) -> None:
    rosas.open(TURN)
    page = rosas.press("Save", words=f"  {OWN}\n")
    assert page.notices == ["Saved. This is what the text says from now on."]
    assert own(business) == {"your_turn": OWN}
    assert bubbles(page)[0] == "It's your turn, dear 27. Come to Desk 2."
    assert "Your own text" in rosas.open("/manage/texts/en").text
    assert "Your own text" not in rosas.open("/manage/texts/es").text
    with reading() as session:
        noted = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert noted is not None
        assert noted.facts == {"what": "text", "kind": "your_turn", "language": "en", "own": True}


def test_own_words_in_german_are_shown_as_they_will_leave(
    business: Business, queue: Queue, rosas: Visitor
) -> None:
    page = rosas.open("/manage/texts/de/your_turn")
    assert "Sie sind dran, Nummer 27 (Ana). Bitte kommen Sie zu Desk 2 für Haircuts." in bubbles(page)
    page = rosas.press("Save", words="Sie sind dran, Nummer {number}. Der Nächste, bitte.")
    assert bubbles(page)[0] == "Sie sind dran, Nummer 27. Der Nächste, bitte."
    assert set(own(business, "de")) == {"your_turn"}


def test_back_to_the_standard_words(business: Business, queue: Queue, rosas: Visitor) -> None:
    rosas.open(TURN)
    assert "Back to our standard text" not in rosas.page.buttons
    rosas.press("Save", words=OWN)
    page = rosas.press("Back to our standard text")
    assert "You'll lose your own text:" in page.text
    assert own(business)  # asked, and nothing done
    page = rosas.press("Back to our standard text")
    assert (page.notices, own(business)) == (["Our standard text is back."], {})


def test_saving_the_standard_words_keeps_none(business: Business, queue: Queue, rosas: Visitor) -> None:
    rosas.open(TURN)
    assert rosas.press("Save").notices == ["This is our standard text."]
    assert own(business) == {}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "A text can't be empty."),
        ("Come, {number}!", "must start with “It's your turn”"),
        ("It's your turn.", "{number} is missing"),
        ("It's your turn, {nmae} {number}", "We don't know {nmae}."),
        ("It's your turn, {number}, at {desk}", "Not everyone has {desk}."),
        ("It's your turn, {number", "There's a { without its pair."),
        ("It's your turn, {number}! " + "Please come. " * 30, "to two at most"),
    ],
)
def test_words_that_can_not_be_said_are_refused_and_nothing_is_changed(
    business: Business, queue: Queue, rosas: Visitor, words: str, why: str
) -> None:
    rosas.open(TURN)
    page = rosas.press("Save", words=words)
    assert page.status == 422
    assert "Nothing was changed." in page.text
    assert why in page.text
    assert own(business) == {}
    assert page.form_of("Save")[1]["words"] == words.strip()


def test_no_other_text_may_call(business: Business, queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/texts/fr/reminder")
    page = rosas.press("Save", words="Numéro {number} : c'est votre tour !")
    assert "Only the text that calls somebody may say “C'est votre tour”." in page.text
    assert own(business, "fr") == {}


def test_the_preview_shows_what_is_typed_and_changes_nothing(
    business: Business, queue: Queue, rosas: Visitor
) -> None:
    path = "/manage/texts/es/put_back"
    given = rosas.open(path).form_of("Preview")[1] | {"words": "Número {number} Ω ż 🙂 ✂️"}
    page = Page(200, rosas.client.post(f"{path}/preview", data=given).text, path)
    assert bubbles(page)[0] == "Numero 27 Ω z"
    assert "One text: 13 letters of 160." in page.text
    assert "“ż” would limit a text to 70 letters, so we send “z” instead." in page.text
    assert "🙂 (U+1F642) would limit a text to 70 letters, so we leave it out." in page.text
    assert "✂️ (U+2702) would limit a text to 70 letters, so we leave it out." in page.text
    assert "U+FE0F" not in page.text  # its unseen half goes with it
    assert own(business, "es") == {}


def test_the_script_gets_the_bubble_alone(queue: Queue, rosas: Visitor) -> None:
    rosas.open(TURN)
    token = rosas.page.form_of("Save")[1]["csrf_token"]
    typed = {"csrf_token": token, "words": "It's your turn, {number}! " + "Please come. " * 13, "part": "1"}
    answer = rosas.client.post(f"{TURN}/preview", data=typed)
    assert answer.text.lstrip().startswith('<p class="bubble')
    assert "Counts as 2 texts: 188 letters, and one holds 160." in answer.text


def test_words_of_a_whole_book_are_refused_before_they_are_rendered(
    business: Business, queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosas.open(TURN)
    typed = {"csrf_token": rosas.page.form_of("Save")[1]["csrf_token"], "words": "{link}" * 20_000}
    monkeypatch.setattr(texts, "in_custom_wording", _only_short)
    for address in (TURN, f"{TURN}/preview"):
        answer = rosas.client.post(address, data=typed)
        assert "Use at most 500 letters." in answer.text
        assert typed["words"] in answer.text  # it can be shortened there
    assert own(business) == {}


def _only_short(kind: str, words: str, *given: object, **named: object) -> str:
    assert len(words) <= 500, "one web process renders this for seconds, and answers nobody meanwhile"
    return words


def test_what_there_is_not_is_not_found(queue: Queue, rosas: Visitor) -> None:
    for path in ("xx", "en/nonsense", "xx/joined", "en/announcement", "en/menu", "en/../joined"):
        assert rosas.open(f"/manage/texts/{path}").status == 404, path


FORMS = [TURN, f"{TURN}/preview", f"{TURN}/standard"]


def test_a_servicer_changes_no_text(
    business: Business, luiss: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    for path in FORMS:
        assert luiss.client.post(path, data={"words": OWN}).status_code == 403
    assert own(business) == {}


def test_without_a_csrf_token_nothing_is_changed(business: Business, rosas: Visitor) -> None:
    for path in FORMS:
        assert rosas.client.post(path, data={"words": OWN}).status_code == 400
    assert own(business) == {}


def test_get_changes_nothing(business: Business, rosas: Visitor) -> None:
    for path in FORMS[1:]:
        assert rosas.client.get(path).status_code == 405


def test_another_businesss_words_are_its_own(business: Business, queue: Queue, app: Flask) -> None:
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    visitor = Visitor(app).sign_in(make_servicer(elsewhere, "Sam", role="manager"))
    visitor.open(TURN)
    visitor.press("Save", words=OWN)
    assert (own(business), own(elsewhere)) == ({}, {"your_turn": OWN})

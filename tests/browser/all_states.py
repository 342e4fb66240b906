"""A shop in which people and tickets are in every state that pages show in a way of its own, all at once.

Haircuts (CET236) asks a question: Luis serves Ana there, Rosa holds Ben, whose text failed, and waits for
Cai, who is coming. Beards (BEARD) asks for a code. Shaves is closed.
"""

import re

from tests.acceptance.installation import Browser, Installation, comes_true
from tests.world import phone

LONG_NAME = "Maria Francisca Albuquerque Wellington"
QUESTION = "What is it about, and is somebody with you?"
UNREACHABLE = 30006  # the carrier's code
PAGE = re.compile(r"/t/[\w-]+")
COUNTER = "/control/CET236"
ANA, BEN, CAI, LONG, EDU, FLORA, GIL, HANA, INES, KIM, LENA, OMAR = range(12)
NAMES = (
    "Ana",
    "Ben",
    "Cai",
    f"{LONG_NAME}, 4 people",
    "Edu",
    "Flora",
    "Gil",
    "Hana",
    "Ines",
    "Kim",
    "Lena",
    "Omar",
)


class Filled:
    """`tickets`: the customers' pages, by what they show."""

    def __init__(self, shop: Installation) -> None:
        self.shop = shop
        self.luis, self.rosa = Browser(shop).sign_in("Luis"), Browser(shop).sign_in("Rosa")
        self.tickets: dict[str, str] = {}
        self.pages: list[str] = []

    def text(self, index: int, words: str) -> str:
        carrier = self.shop.carrier
        return " ".join(carrier.customer_texts(phone(index), carrier.number, words).texts)

    def at_counter(self, servicer: Browser, *buttons: str) -> None:
        for button in buttons:
            servicer.open(COUNTER)
            servicer.press(button)

    def noted(self, index: int, note: str) -> None:
        self.rosa.open(self.on_counter(index))
        self.rosa.press("Save note", note=note)

    def on_counter(self, index: int) -> str:
        """Their ticket's page at the counter; numbers are given in order."""
        links = self.rosa.open(COUNTER).root.all("a", **{"class": "line-open"})
        (found,) = [link for link in links if link.text.startswith(f"{index + 1} ")]
        return found.attributes["href"]


def fill(shop: Installation) -> Filled:
    _queues(shop)
    filled = Filled(shop)
    _join(filled)
    _serve(filled)
    _write(filled)
    _others(filled)
    return filled


def _queues(shop: Installation) -> None:
    boss = Browser(shop).sign_in("boss")
    boss.open("/manage/queues/CET236/rules")
    boss.press("Save", question=QUESTION)
    more = (("BEARD", "Beards"), ("SHAVES", "Shaves"))
    shop.commands(*((("queue", "add", keyword, "--name", name), "") for keyword, name in more))
    boss.open("/manage/queues/BEARD/rules")
    boss.press("Save", door_code="y")
    boss.open("/control/SHAVES")
    boss.press("Close")


def _join(filled: Filled) -> None:
    for index, name in enumerate(NAMES):
        (page,) = PAGE.findall(filled.text(index, f"CET236 {name}"))
        filled.pages.append(page)
        if index in (BEN, LONG, EDU):
            filled.text(index, "Colour, and my son comes along")
    filled.shop.carrier.unreachable[phone(BEN)] = UNREACHABLE
    filled.shop.carrier.unreachable[phone(GIL)] = UNREACHABLE


def _serve(filled: Filled) -> None:
    filled.at_counter(filled.luis, "Call next", "Start")
    filled.at_counter(filled.rosa, "Call next")
    assert comes_true(lambda: "call aloud" in filled.rosa.open(COUNTER).text), filled.rosa.page.text
    filled.at_counter(filled.rosa, "Coming", "Hold", "Call next")
    filled.noted(LENA, "Brings a dog and needs a receipt for two people, the second with another name.")
    filled.noted(LONG, "Allergic to henna.")


def _write(filled: Filled) -> None:
    filled.text(CAI, "1")  # coming
    filled.text(CAI, "Which door do I take, the green one behind the car park?")
    filled.text(LONG, "Is there a step at the door? I come with a pram and two children.")
    filled.text(EDU, "May I come with a bicycle?")
    filled.text(EDU, "10")
    filled.rosa.open(filled.on_counter(EDU))
    filled.rosa.press("Reply", note="Yes, leave it in the hall.")
    filled.text(KIM, "LATER")


def _others(filled: Filled) -> None:
    guest = Browser(filled.shop)
    guest.open("/q/CET236")
    guest.press("Take a number", name="Joel", answer="The usual")
    filled.tickets = {
        "serving": filled.pages[ANA],
        "on hold": filled.pages[BEN],
        "coming": filled.pages[CAI],
        "written": filled.pages[EDU],
        "text me": guest.page.path,
    }

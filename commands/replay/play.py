"""Plays a script faster than real time: each act by its phone or browser, printed as it happens."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from commands.replay.clients import Browser, Phone, first_numeral
from commands.replay.pause import waiting_at
from commands.replay.plan import Act, Script
from commands.replay.talk import ANSWER, BROUGHT_IN, COMING, QUESTION, WHEN
from models.queueing.tables.events import EventKind

LATE_SECONDS = 1.0
LONGEST_PAUSE = timedelta(minutes=15)

BUTTONS = {
    EventKind.STARTED: "Start",
    EventKind.SERVED: "Done",
    EventKind.NO_SHOW: "No-show",
    EventKind.REMOVED: "Remove",
}
WORDS = {
    EventKind.STARTED: "{servicer} starts with {number}",
    EventKind.SERVED: "{servicer} is done with {number}",
    EventKind.NO_SHOW: "{number} does not come to {servicer}",
    EventKind.REMOVED: "{servicer} removes {number}",
}


class Play:
    """`numbers` are those that customers got, by line of the file; `otherwise` counts failures."""

    def __init__(
        self,
        script: Script,
        keyword: str,
        *,
        phones: Mapping[int, Phone],
        browsers: Sequence[Browser],
        say: Callable[[str], None],
        code: Callable[[], str] = str,
        told_again: Callable[[], int] = int,
    ) -> None:
        """`code`: gives the door code that is shown now, "" for none. `told_again`: how many know by now that
        their wait has changed.
        """
        self.script = script
        self.numbers: dict[int, int] = {}
        self.played = self.otherwise = 0
        self._keyword = keyword
        self._phones = phones
        self._browsers = browsers
        self._say, self._code, self._told_again = say, code, told_again
        self.paused = timedelta()  # really
        self.waited_out: set[int] = set()  # the lines of the file of those who waited meanwhile
        self._is_late = False

    def run(self, speed: float) -> None:
        """Raises Unreachable if the installation stops answering."""
        began, first = time.monotonic(), self.script.acts[0].at
        for act in self.script.acts:
            self._get_ready(act)
            moment = began + self.paused.total_seconds() + (act.at - first).total_seconds() / speed
            self._wait_until(moment, speed)
            self._tell(act.at, self._do(act))
            self.played += 1

    def finish(self) -> None:
        """Take the servicers off duty."""
        for browser in self._browsers:
            browser.press("Take a break")

    def _wait_until(self, moment: float, speed: float) -> None:
        late = time.monotonic() - moment
        if late < 0:
            time.sleep(-late)
        if late > LATE_SECONDS and not self._is_late:
            self._say(f"… {timedelta(seconds=round(late * speed))} of the day behind: catching up in order")
            self._is_late = True
        elif late < LATE_SECONDS / 2 and self._is_late:
            self._say("… on time again")
            self._is_late = False

    def _get_ready(self, act: Act) -> None:
        """Before its moment: put first whoever is to be called out of turn."""
        if act.kind != EventKind.CALLED or act.servicer is None or act.record.line not in self.numbers:
            return
        browser, number = self._browsers[act.servicer], str(self._number(act))
        browser.open(self._address)
        if browser.page.first_in_line != number and browser.follow(number):
            if browser.press("Move to front"):
                self._tell(act.at, f"{self.script.servicers[act.servicer]} puts {number} first")
            browser.open(self._address)

    def _do(self, act: Act) -> str:
        if act.kind == EventKind.JOINED:
            return self._ask_when(act) if act.words == WHEN else self._join(act)
        if act.record.line not in self.numbers:
            return self._problem(act, "has no number yet")
        if act.kind == EventKind.LEFT:
            return self._leave(act)
        if act.kind == EventKind.SAID:
            return self._ask(act)
        if act.kind == EventKind.COMING:
            return self._say_coming(act)
        if act.servicer is None:
            return self._remove_from_line(act)
        do = self._verbs.get(act.kind, self._press)
        return do(act, act.servicer)

    @property
    def _verbs(self) -> dict[EventKind, Callable[[Act, int], str]]:
        return {
            EventKind.CALLED: self._call,
            EventKind.TAKEN_OVER: self._take_over,
            EventKind.BROUGHT_BACK: self._bring_back,
            EventKind.REPLIED: self._answer,
            EventKind.LAST_CALL: self._last_call,
            EventKind.PAUSED: self._pause,
            EventKind.SET_ASIDE: self._hold,
            BROUGHT_IN: self._bring_in,
        }

    def _join(self, act: Act) -> str:
        party = act.record.party or 1
        words = (self._keyword, self._code(), str(party) if party > 1 else "")
        answer = self._phones[act.record.line].text(" ".join(filter(None, words)))
        number = first_numeral(answer)
        if number is None:
            return self._problem(act, f"got no number, but {answer or 'silence'}")
        self.numbers[act.record.line] = number
        as_in_file = "" if number == act.record.number else f" ({act.record.number} in the file)"
        return f"{number} joins{as_in_file}"

    def _ask_when(self, act: Act) -> str:
        answer = self._phones[act.record.line].text(f"{WHEN} {self._keyword}")
        if self._keyword not in answer:
            return self._problem(act, f"asked when to come, but got {answer or 'silence'}")
        return f"somebody asks when to come: {answer}"

    def _leave(self, act: Act) -> str:
        """9 right after the turn text is nine minutes: then in words."""
        phone = self._phones[act.record.line]
        answer = phone.text(act.words)
        if act.words != "LEAVE" and "given up" not in answer:
            answer = phone.text("LEAVE")
        if not any(words in answer.lower() for words in ("left", "given up")):
            return self._problem(act, f"could not leave, but got {answer or 'silence'}")
        return f"{self._number(act)} leaves"

    def _ask(self, act: Act) -> str:
        answer = self._phones[act.record.line].text(QUESTION)
        if str(self._number(act)) not in answer:
            return self._problem(act, f"asked something, but got {answer or 'silence'}")
        return f"{self._number(act)} asks {QUESTION!r}"

    def _say_coming(self, act: Act) -> str:
        answer = self._phones[act.record.line].text(COMING)
        if str(self._number(act)) not in answer:
            return self._problem(act, f"is coming, but got {answer or 'silence'}")
        return f"{self._number(act)} is coming"

    def _hold(self, act: Act, place: int) -> str:
        browser, servicer, number = self._browsers[place], self.script.servicers[place], self._number(act)
        browser.open(self._address)
        if browser.page.now_serving != str(number) or not browser.press("Hold"):
            return self._problem(act, f"{servicer} can't put them on hold")
        return f"{servicer} puts {number} on hold"

    def _bring_in(self, act: Act, place: int) -> str:
        browser, servicer, number = self._browsers[place], self.script.servicers[place], self._number(act)
        if not browser.press("Bring in") or browser.page.now_serving != str(number):
            return self._problem(act, f"{servicer} can't bring them in")
        return f"{servicer} brings {number} in"

    def _answer(self, act: Act, place: int) -> str:
        browser, servicer, number = self._browsers[place], self.script.servicers[place], self._number(act)
        browser.open(self._address)
        is_sent = browser.follow("Reply") and browser.press("Reply", note=ANSWER)
        told = " ".join(browser.page.notices)
        browser.open(self._address)
        if not is_sent or f" {number}." not in told:
            return self._problem(act, f"{servicer} can't answer them: {told}")
        return f"{servicer} answers {number}"

    def _call(self, act: Act, place: int) -> str:
        browser, servicer = self._browsers[place], self.script.servicers[place]
        if not browser.press("Call next"):
            return self._problem(act, f"{servicer} can't call them, and serves {browser.page.now_serving}")
        called, wanted = browser.page.now_serving, self._number(act)
        if called != str(wanted):
            return self._problem(act, f"{servicer} called {called} instead")
        return f"{servicer} calls {wanted}"

    def _press(self, act: Act, place: int) -> str:
        browser, servicer = self._browsers[place], self.script.servicers[place]
        button = BUTTONS[act.kind]
        if browser.page.form_of(button) is None:
            browser.open(self._address)
        serving = browser.page.now_serving
        if not browser.press(button):
            return self._problem(act, f"{servicer} has no button {button}, and serves {serving}")
        if serving != str(self._number(act)):
            return self._problem(act, f"{servicer} pressed {button} for {serving}")
        if act.kind != EventKind.STARTED and browser.page.now_serving == serving:
            return self._problem(act, f"{servicer} pressed {button}: {' '.join(browser.page.notices)}")
        return WORDS[act.kind].format(servicer=servicer, number=serving)

    def _take_over(self, act: Act, place: int) -> str:
        """On the page of the number, to which a colleague's row leads."""
        browser, servicer, number = self._browsers[place], self.script.servicers[place], self._number(act)
        browser.open(self._address)
        if not browser.follow(str(number)) or not browser.press("Take over"):
            return self._problem(act, f"{servicer} can't take them over")
        browser.open(self._address)
        if browser.page.now_serving != str(number):
            return self._problem(act, f"{servicer} took them over, and serves {browser.page.now_serving}")
        return f"{servicer} takes {number} over"

    def _bring_back(self, act: Act, place: int) -> str:
        browser, servicer, number = self._browsers[place], self.script.servicers[place], self._number(act)
        browser.open(f"{self._address}/ended")
        is_back = browser.follow(str(number)) and browser.press("Bring back")
        browser.open(self._address)
        return (
            f"{servicer} brings {number} back" if is_back else self._problem(act, "nobody brings them back")
        )

    def _last_call(self, act: Act, place: int) -> str:
        browser = self._browsers[place]
        browser.open(self._address)
        if not browser.press("Last call"):
            return self._problem(act, "no last call can be begun after them")
        return f"{self.script.servicers[place]} begins last call"

    def _pause(self, act: Act, place: int) -> str:
        """Until somebody is told that it takes longer than they were promised."""
        browser, servicer = self._browsers[place], self.script.servicers[place]
        browser.open(self._address)
        if not browser.press("Pause"):
            return self._problem(act, f"{servicer} can't pause the line")
        self._tell(act.at, f"{servicer} pauses the line, until somebody is told that their wait has changed")
        began = time.monotonic()
        while not self._told_again() and time.monotonic() - began < LONGEST_PAUSE.total_seconds():
            time.sleep(1)
        self.paused = timedelta(seconds=time.monotonic() - began)
        self.waited_out = waiting_at(act, self.script.records)
        browser.open(self._address)
        if not browser.press("Open"):
            return self._problem(act, f"{servicer} can't open the line again")
        return f"{servicer} opens the line again after {self.paused.total_seconds():.0f} real seconds"

    def _remove_from_line(self, act: Act) -> str:
        """A ticket that was never called is removed by any servicer, on its page."""
        for browser in self._browsers[:1]:
            browser.open(self._address)
            if browser.follow(str(self._number(act))) and browser.press("Remove"):
                return f"{self._number(act)} is removed from the line"
        return self._problem(act, "nobody can remove them")

    @property
    def _address(self) -> str:
        return f"/control/{self._keyword}"

    def _number(self, act: Act) -> int:
        return self.numbers[act.record.line]

    def _problem(self, act: Act, words: str) -> str:
        self.otherwise += 1
        return f"! {self.numbers.get(act.record.line, act.record.number)}: {words}"

    def _tell(self, at: datetime, words: str) -> None:
        self._say(f"{at:%H:%M:%S}  {words}")

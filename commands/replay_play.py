"""Plays a script in its own time, only faster: each act by its phone or browser, told as it happens."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from commands.replay_doors import Browser, Phone, first_numeral
from commands.replay_plan import Act, Script
from models.event import EventKind

LATE_SECONDS = 1.0

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
    """`numbers` and `problems` (both by line of the file) are what came of it."""

    def __init__(
        self,
        script: Script,
        keyword: str,
        *,
        phones: Mapping[int, Phone],
        browsers: Sequence[Browser],
        say: Callable[[str], None],
    ) -> None:
        self.script = script
        self.numbers: dict[int, int] = {}
        self.problems: list[str] = []
        self.played = 0
        self._keyword = keyword
        self._phones = phones
        self._browsers = browsers
        self._say = say
        self._is_late = False

    def run(self, speed: float) -> None:
        """Raises Unreachable when the installation stops answering."""
        began, first = time.monotonic(), self.script.acts[0].at
        for act in self.script.acts:
            self._wait_until(began + (act.at - first).total_seconds() / speed, speed)
            self._tell(act.at, self._do(act))
            self.played += 1

    def finish(self) -> None:
        """The servicers go home."""
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

    def _do(self, act: Act) -> str:
        if act.kind == EventKind.JOINED:
            return self._join(act)
        if act.record.line not in self.numbers:
            return self._problem(act, "has no number")
        if act.kind == EventKind.LEFT:
            return self._leave(act)
        if act.servicer is None:
            return self._problem(act, f"was never called: no button for {act.kind}")
        return (
            self._call(act, act.servicer) if act.kind == EventKind.CALLED else self._press(act, act.servicer)
        )

    def _join(self, act: Act) -> str:
        party = act.record.party or 1
        answer = self._phones[act.record.line].text(
            f"{self._keyword} {party}" if party > 1 else self._keyword
        )
        number = first_numeral(answer)
        if number is None:
            return self._problem(act, f"got no number but: {answer or 'silence'}")
        self.numbers[act.record.line] = number
        as_in_file = "" if number == act.record.number else f" ({act.record.number} in the file)"
        return f"{number} joins{as_in_file}"

    def _leave(self, act: Act) -> str:
        answer = self._phones[act.record.line].text("LEAVE")
        if "left" not in answer.lower():
            return self._problem(act, f"could not leave: {answer or 'silence'}")
        return f"{self._number(act)} leaves"

    def _call(self, act: Act, place: int) -> str:
        browser, servicer = self._browsers[place], self.script.servicers[place]
        if browser.page.form_of("Call next") is None:
            browser.open(self._address)  # whoever was called has left by text
        if not browser.press("Call next"):
            return self._problem(act, f"can't be called by {servicer}, who serves {browser.page.now_serving}")
        called, wanted = browser.page.now_serving, self._number(act)
        if called != str(wanted):
            return self._problem(act, f"was to be called by {servicer}, but {called} was")
        return f"{servicer} calls {wanted}"

    def _press(self, act: Act, place: int) -> str:
        browser, servicer = self._browsers[place], self.script.servicers[place]
        button = BUTTONS[act.kind]
        if not browser.press(button):
            browser.open(self._address)
            if not browser.press(button):
                return self._problem(act, f"{servicer} has no button {button}: {browser.page.now_serving}")
        return WORDS[act.kind].format(servicer=servicer, number=self._number(act))

    @property
    def _address(self) -> str:
        return f"/control/{self._keyword}"

    def _number(self, act: Act) -> int:
        return self.numbers[act.record.line]

    def _problem(self, act: Act, words: str) -> str:
        number = self.numbers.get(act.record.line, act.record.number)
        self.problems.append(f"{number} {words}")
        return f"! {number} {words}"

    def _tell(self, at: datetime, words: str) -> None:
        self._say(f"{at:%H:%M:%S}  {words}")

"""Every text in every state, with facts as they are in a shop: `python -m tests.bot.sheet en de` prints them,
each with its segments, for whoever writes or judges them; with `--chat`, as WhatsApp and RCS show them."""

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import segments
from bot.wording.rendering import render
from bot.wording.sms_templates import language_choices, languages
from bot.wording.text_forms import AS_CHAT, AS_SMS, TextForm
from models.alarms.choices import AlarmKind
from models.texts.text_kinds import TextKind

Facts = dict[str, Any]

CHOICES = [{"keyword": "CET236", "queue": "Haircuts"}, {"keyword": "SHAVE", "queue": "Shaves"}]
SHAVES = {"number": 4, "queue": "Shaves", "keyword": "SHAVE"}
USUAL: Facts = {
    "number": 27,
    "queue": "Haircuts",
    "keyword": "CET236",
    "business": "Barber Lopes",
    "ahead": 3,
    "wait_low": 10,
    "wait_high": 20,
    "wait_state": "ok",
    "line_state": "open",
    "weekday": 1,
    "keywords": ["CET236", "SHAVE"],
    "suggestions": ["CET236"],
    "choices": CHOICES,
    "languages": language_choices(),
    "asked": False,
    "others": 3,
    "fewer": False,
    "lead": 15,
    "is_near": False,
    "state": "waiting",
    "rating": 5,
    "minutes": 7,
    "note": "We are back at 2.",
}
QUIET = {"quiet_from": "15:00", "quiet_until": "17:00", "quiet_minutes": 10, "quiet_held": 7, "quiet_of": 8}
LAST_SAFE = {"safe_time": "18:15", "safe_held": 8, "safe_of": 8}
LINK = {"link": "https://queue.example.com/t/abcdefghijkmnopq"}
NEXT = {"ahead": 0, "wait_low": 1, "wait_high": 5}
DESK = {"desk": "Chair 1"}
ANA = {"name": "Ana"}
DAY: Facts = {
    "weekday": 1,
    "joined": 52,
    "served": 41,
    "median_wait": 12,
    "usual_wait": 18,
    "gave_up": 3,
    "unserved": 2,
    "no_show": 1,
    "live": 0,
    "turned_away": 0,
    "texts_failed": 2,
    "busiest_hour": 11,
}
WEEK = DAY | {
    "from_day": 28,
    "from_month": 9,
    "to_day": 4,
    "to_month": 10,
    "busiest_weekday": 4,
    "served_before": 38,
    "wait_before": 18,
}
SLOW_DAY = {"served": 0, "median_wait": None, "usual_wait": None, "wait_before": None, "served_before": None}
NO_DAY = SLOW_DAY | {"joined": 0, "gave_up": 0, "unserved": 0, "no_show": 0, "texts_failed": 0}
NO_DAY |= {"busiest_hour": None, "busiest_weekday": None}
TOLD_OF_PLACE: dict[str, Facts] = {
    "next": NEXT,
    "one ahead": {"ahead": 1},
    "nobody serves": {"wait_state": "unstaffed"},
    "paused": {"wait_state": "paused"},
    "paused for a reason": {"wait_state": "paused", "pause_reason": "lunch until one"},
    "stalled": {"wait_state": "stalled"},
    "nobody serves, no estimate": {"wait_state": "unstaffed", "wait_low": None},
    "paused, no estimate": {"wait_state": "paused", "wait_low": None},
    "stalled, no estimate": {"wait_state": "stalled", "wait_low": None},
    "soon closed": {"closes_time": "17:00"},
    "soon closed, at half past": {"closes_time": "17:30"},
    "held elsewhere": {"held_by": "Shaves"},
}
TROUBLES: dict[str, Facts] = {kind: {"trouble": kind, "waiting": 16, "limit": 15} for kind in AlarmKind}
CALLED = {"state": "called", **DESK}
OPENS: dict[str, Facts] = {
    f"opens in {days} days": {"opens_days": days, "opens_weekday": 3, "opens_time": time}
    for days, time in ((0, "15:30"), (1, "09:00"), (4, "09:00"))
}

# What is said unasked and as an answer (`joined`) stands here once.
STATES: dict[StrEnum, dict[str, Facts]] = {
    ReplyKind.JOINED: {
        "first": LINK | ANA | {"first": True},
        "again": LINK,
        "without a link": {},
        "asked something": LINK | {"question": "What is it about?"},
        "first, asked something": LINK | ANA | {"first": True, "question": "What is it about?"},
        "first, soon closed": LINK | {"first": True, "closes_time": "17:00", "wait_state": "unstaffed"},
        **TOLD_OF_PLACE,
    },
    ReplyKind.ALREADY_WAITING: {"": LINK},
    ReplyKind.STATUS: {
        "": LINK,
        "on hold": LINK | NEXT | {"on_hold": True, "wait_low": None},
        "first": LINK | {"first": True},
        "two numbers": LINK | {"also": [SHAVES]},
    },
    ReplyKind.STATUS_CALLED: {"": {}, "desk": DESK, "two numbers": {"also": [SHAVES]}},
    ReplyKind.STATUS_SERVING: {"": {}, "desk": DESK},
    ReplyKind.WHEN: {
        "": QUIET | LAST_SAFE,
        "only now": {},
        "quiet alone": QUIET | {"weekday": 5},
        "last alone": LAST_SAFE | {"weekday": 6},
        "last is now": LAST_SAFE | {"safe_now": True},
        "nobody serves": QUIET | LAST_SAFE | {"wait_state": "unstaffed"},
        "full": QUIET | LAST_SAFE | {"line_state": "full"},
        "last call": {"line_state": "last_call"},
        "closed": {"line_state": "closed"},
        **{state: facts | QUIET | LAST_SAFE | {"line_state": "closed"} for state, facts in OPENS.items()},
    },
    ReplyKind.WHEN_CHOOSER: {
        "": {"choices": [{"keyword": f"WHEN {one['keyword']}", "queue": one["queue"]} for one in CHOICES]}
    },
    ReplyKind.NOT_WAITING: {"": {}, "no queue": {"keywords": []}},
    ReplyKind.LEFT: {"": {}, "two numbers": {"also": [SHAVES]}},
    ReplyKind.GAVE_UP: {"": {}, "two numbers": {"also": [SHAVES]}},
    ReplyKind.LEAVING_TOLD: {"": {}, "two numbers": {"also": [SHAVES]}},
    ReplyKind.LEAVE_OFFERED: {"": {}},
    ReplyKind.NOTHING_TO_LEAVE: {"": {}},
    ReplyKind.LATER_OFFERED: {
        "": {},
        "one": {"others": 1, "ahead": 1},
        "fewer": {"fewer": True, "others": 2, "ahead": 21},
        "fewer, one": {"fewer": True, "others": 1, "ahead": 2},
        "nobody serves": {"wait_state": "unstaffed"},
        "no estimate": {"wait_low": None},
    },
    ReplyKind.LATER_DONE: {"": {}, "one": {"others": 1, "ahead": 1}},
    ReplyKind.LATER_CALLED: {"": {}, "desk": DESK},
    ReplyKind.LATER_CAP: {"": {}, "one": {"others": 1}, "never": {"others": 0}},
    ReplyKind.NOBODY_BEHIND: {"": {}},
    ReplyKind.LEAD_SET: {"": {}, "one": {"lead": 1}, "near": {"is_near": True, "ahead": 1}},
    ReplyKind.ARRIVED: {"": {}, "called": CALLED, "called, no desk": {"state": "called"}}
    | {"serving": {"state": "serving"}},
    ReplyKind.COMING: {"": {}, "called": CALLED, "held until": CALLED | {"until_time": "14:25"}},
    ReplyKind.RATED: {"": {}},
    ReplyKind.NOTHING_AGAIN: {"": {}},
    ReplyKind.CLOSED: {"": {}, **OPENS},
    ReplyKind.LAST_CALL: {"": {}, **OPENS},
    ReplyKind.FULL: {"": {}},
    ReplyKind.BUSY: {"": {}},
    ReplyKind.TOO_OFTEN: {"": {}},
    ReplyKind.TOO_MANY: {"": {}},
    ReplyKind.CODE_WRONG: {"": {"keyword": "CET236"}},
    ReplyKind.DOOR_CODE: {"": {}, "wrong": {"is_wrong": True}},
    ReplyKind.CODE_NOT_NEEDED: {"": {}},
    ReplyKind.CODE_OPTED_OUT: {"": {}},
    ReplyKind.STAFF_PHONE: {"": {}, "name": ANA},
    ReplyKind.QUEUE_CHOOSER: {"": {}},
    ReplyKind.OTHER_CHANNEL: {
        "": {"channel": "WhatsApp", "phone": "+15550100000"} | LINK,
        "by no text": {"channel": "SMS", "phone": None} | LINK,
    },
    ReplyKind.HIDDEN_PHONE: {
        "": {"channel": "WhatsApp", "phone": "+15550100000"} | LINK,
        "by no text": {"channel": "WhatsApp", "phone": None} | LINK,
    },
    ReplyKind.FORGET_OFFERED: {"": {}},
    ReplyKind.FORGOTTEN: {"": {}},
    ReplyKind.OPTED_OUT: {"": {}, "in line": {"also": [SHAVES]}, "left": {"was_left": True}},
    ReplyKind.OPTED_IN: {"": {}, "in line": {"also": [SHAVES]}},
    ReplyKind.LANGUAGE_SET: {"": {}},
    ReplyKind.LANGUAGES: {"": {}, "unknown": {"asked": True}},
    ReplyKind.NEAR_MISS: {
        "": {},
        "yes counts": {"takes_yes": True},
        "several": {"suggestions": ["CET236", "CET237"]},
        "with a word": {"suggestions": ["LEAVE CET236"]},
    },
    ReplyKind.MENU: {"": {"keywords": ["CET236"]}, "two queues": {}},
    ReplyKind.UNKNOWN: {"": {}},
    ReplyKind.ANSWER_KEPT: {"": {}},
    ReplyKind.PASSED_ON: {"": {}},
    ReplyKind.NOBODY_READS: {"": {}},
    ReplyKind.NOTHING: {"": {}},
    ReplyKind.FAULT: {"": {}},
    TextKind.NEARLY_UP: {"": {"ahead": 2}, "name, next": NEXT | ANA}
    | {"nobody serves": {"wait_state": "unstaffed"}},
    TextKind.PROMISE_CHANGED: {
        **{why: {"why": why} for why in ("break", "fewer", "ahead", "slower")},
        "paused": {"wait_state": "paused"},
        "paused for a reason, name": {"wait_state": "paused", "pause_reason": "lunch until one"} | ANA,
        "nobody serves": {"wait_state": "unstaffed"},
        "sooner": {"sooner": True},
        "sooner, name": {"sooner": True} | ANA,
        "moves again, name": {"sooner": True, "why": "moves"} | ANA,
    },
    TextKind.YOUR_TURN: {
        "": {},
        "asked": {"invites": True},
        "name": ANA,
        "desk": DESK,
        "name and desk": ANA | DESK,
    },
    TextKind.REMINDER: {"": {}, "name and desk": ANA | DESK},
    TextKind.CALLED_TOO_EARLY: {"": NEXT, "some ahead": {"ahead": 2}},
    TextKind.STILL_CALLED: {"": {}, "desk": DESK},
    TextKind.STILL_WAITING: {"": LINK},
    TextKind.PUT_BACK: {"": {}, "was serving": NEXT | {"was_serving": True}},
    TextKind.ON_HOLD: {"": {}},
    TextKind.NO_SHOW: {"": {}},
    TextKind.TRANSFERRED: {"": LINK},
    TextKind.REMOVED: {"": {}},
    TextKind.BROUGHT_BACK: {"": {}, "next": NEXT, "paused": {"wait_state": "paused"}},
    TextKind.DAY_ENDED: {"": {}, "called": {"was_called": True}, "archived": {"for_good": True}},
    TextKind.TAKEN_BACK: {"": {}},
    TextKind.ANNOUNCEMENT: {"": {}},
    TextKind.REPLY: {"": {}},
    TextKind.RATING: {"": {}},
    TextKind.SOMEBODY_JOINED: {"": {}},
    TextKind.DAILY_SUMMARY: {"": DAY, "none served": DAY | SLOW_DAY, "nobody came": DAY | NO_DAY},
    TextKind.WEEKLY_SUMMARY: {"": WEEK, "none served": WEEK | SLOW_DAY, "nobody came": WEEK | NO_DAY},
    TextKind.ALARM: TROUBLES,
    TextKind.ALARM_OVER: TROUBLES,
    TextKind.LATE_ANSWER: {"": {}},
}


def sheet(language: str, form: TextForm = AS_SMS) -> Iterator[tuple[StrEnum, str, str]]:
    """Each text as (kind, state, text)."""
    for kind, states in STATES.items():
        for state, facts in states.items():
            yield kind, state, render(kind, USUAL | facts, language, form=form)


def print_sheet(language: str, form: TextForm) -> None:
    for kind, state, text in sheet(language, form):
        cost = f"{segments(text)}: " if form.has_segments else ""
        lines = text.replace("\n", "\n    ")
        print(f"{kind}{f' ({state})' if state else ''} [{cost}{len(text)}]\n    {lines}")


if __name__ == "__main__":
    chosen = [word for word in sys.argv[1:] if word != "--chat"]
    for spoken in chosen or languages():
        print_sheet(spoken, AS_CHAT if "--chat" in sys.argv else AS_SMS)

"""`flask replay`: plays a recorded day through webhook and pages of the running installation, and compares.

Demo, smoke test and acceptance test in one. Who does what is decided in plan.py and done in
play.py, through clients.py; stage.py makes the queue it happens in, and comparison.py says what differs.
"""

import json
import secrets
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from commands.command_line.errors import PlainCommand, Refused
from commands.command_line.parameter_types import Day, Keyword
from commands.command_line.which_business import BUSINESS_NAME, the_business
from commands.replay.clients import Browser, Installation, Phone, Unreachable
from commands.replay.comparison import Comparison
from commands.replay.corrections import with_corrections
from commands.replay.pause import with_pause
from commands.replay.plan import Script, days_of, script_of
from commands.replay.play import Play
from commands.replay.stage import (
    addresses_texted,
    clear_stage,
    code_shown,
    count_unsent,
    phones_near,
    set_stage,
    told_again,
)
from commands.replay.talk import with_talk
from config.settings import CarrierName, Settings
from models.history.file import LARGEST_FILE, read_history
from models.history.records import Record
from models.people.addresses import spelled
from models.people.business import Business
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from security.passwords import hash_password

MOST_SERVICERS = 60
SECONDS_FOR_TEXTS = 20.0
SHOWN = 20


@click.command("replay", cls=PlainCommand)
@with_appcontext
@click.argument("file", type=click.File("rb"))
@click.option("--day", type=Day(), help="Which day of FILE; needed if it has several.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 10_000),
    default=120,
    show_default=True,
    help="How many minutes of the day to play in one minute.",
)
@click.option(
    "--queue",
    "keyword",
    type=Keyword(),
    default="REPLAY",
    show_default=True,
    help="The keyword of the queue to play it in.",
)
@click.option("--business", "name", type=BUSINESS_NAME, help="Which business; needed if there are several.")
@click.option(
    "--corrections", is_flag=True, help="Also bring back, take over, and end the day with a last call."
)
@click.option(
    "--talk", is_flag=True, help="Also ask for a door code, and let customers ask, answer and be held."
)
@click.option(
    "--pause",
    is_flag=True,
    help="Also pause the line until somebody is told that they wait longer: some real minutes.",
)
def replay(
    file: BinaryIO,
    day: date | None,
    speed: float,
    keyword: str,
    name: str | None,
    corrections: bool,
    talk: bool,
    pause: bool,
) -> None:
    """Play a recorded day through the running installation.

    FILE is a history as `flask history export` writes it. Made-up phones text the webhook, on each channel
    of the business in turn. Made-up servicers sign in and press the buttons. Everything happens in the order
    of the file, only faster, and in a queue of its own, so that yours are not touched. Then it compares: how
    each customer's visit ended, whether a number or a text came twice, and how long they waited. With
    --corrections every visit still ends as in the file. A night shift is one day.

    The installation records the real, short times; they are multiplied by SPEED to be compared. Not possible
    with a carrier, which would text strangers. Fails if a visit ended differently from the file.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.carrier != CarrierName.PRETEND:
        raise Refused("A replay needs pretend phones: your carrier would text strangers.")
    with reading() as session:
        business = the_business(session, name)
        if business.sms_number is None:
            raise Refused(f"{business.name} has no number to text to.")
    day, records = _records_of(file, day, business)
    script = with_corrections(script_of(records)) if corrections else script_of(records)
    script = with_talk(script) if talk else script
    script = with_pause(script) if pause else script
    if len(script.servicers) > MOST_SERVICERS:
        raise Refused(
            f"At most {MOST_SERVICERS} servicers can be played; this day has {len(script.servicers)}."
        )
    for fault in script.mended:
        click.echo(f"Played as far as possible: {fault}", err=True)
    try:
        _Replay(settings, business, keyword, day, script, door_code=talk).run(speed)
    except Unreachable as trouble:
        raise Refused(str(trouble)) from None


def _troubles(body: bytes) -> str:
    """The problems that `/readyz` reports."""
    try:
        checks = json.loads(body)["checks"]
        return "; ".join(f"{name}: {one['says']}" for name, one in checks.items() if one["status"] != "ok")
    except (ValueError, LookupError, TypeError):
        return body.decode("utf-8", "replace").strip()


def _records_of(file: BinaryIO, day: date | None, business: Business) -> tuple[date, list[Record]]:
    records, faults = read_history(file.read(LARGEST_FILE + 1))
    if faults:
        more = f" (and {len(faults) - 1} more lines)" if len(faults) > 1 else ""
        raise Refused(f"{getattr(file, 'name', 'FILE')}, {faults[0]}{more}")
    days = days_of(records, business.day_start_hour)
    if day is None and len(days) == 1:
        (day,) = days
    if not days:
        raise Refused("The file has no tickets to play.")
    if day is None or day not in days:
        known = f"{min(days)} to {max(days)}, {len(days)} days" if len(days) > 1 else str(min(days))
        raise Refused(f"Say with --day which day of the file to play: {known}.")
    twice = [number for number, count in Counter(r.number for r in days[day]).items() if count > 1]
    if twice:
        raise Refused(f"Number {twice[0]} occurs twice on {day}.")
    return day, days[day]


class _Replay:
    def __init__(
        self,
        settings: Settings,
        business: Business,
        keyword: str,
        day: date,
        script: Script,
        *,
        door_code: bool,
    ) -> None:
        self.settings, self.business, self.keyword = settings, business, keyword
        self.day, self.script, self.door_code = day, script, door_code
        self.installation = Installation(settings)
        self.phones = dict(
            zip((r.line for r in script.records), phones_near(business, len(script.records)), strict=True)
        )
        in_turn = cycle(addresses_texted(business))
        self.texted = {phone: next(in_turn) for phone in self.phones.values()}

    def run(self, speed: float) -> None:
        if not self.installation.answers():
            raise Refused(f"Nothing answers at {self.installation}: start it with `make run` first.")
        password = secrets.token_urlsafe(24)
        password_hash = hash_password(password)
        began = datetime.now(UTC)
        queue_id, emails = transaction(
            lambda session: set_stage(
                session,
                self.business.id,
                self.keyword,
                self.script.servicers,
                password_hash=password_hash,
                now=began,
                door_code=self.door_code,
            )
        )
        with reading() as session:
            self.address = session.get_one(Queue, queue_id).address
        try:
            self._check_the_installation()
            play = self._prepare(queue_id, emails, password, began)
            self._say_what_comes(speed)
            try:
                play.run(speed)
            except KeyboardInterrupt:
                raise Refused(f"Interrupted after {play.played} of {len(self.script.acts)} acts.") from None
            play.finish()
            self._wait_for_texts(queue_id, began)
            comparison = Comparison(self.script, self.phones, self.texted)
            faults = list(comparison.differences(play, queue_id, began, speed))
        finally:
            transaction(lambda session: clear_stage(session, queue_id, now=datetime.now(UTC)))
        if faults:
            raise Refused(
                "\n".join(
                    faults[:SHOWN] + ([f"and {len(faults) - SHOWN} more."] if len(faults) > SHOWN else [])
                )
            )
        click.echo("The day went as in the file.")

    def _check_the_installation(self) -> None:
        ready = self.installation.ask("/readyz")
        if ready.status != 200:
            click.echo(f"Not everything is in order: {_troubles(ready.body)}", err=True)
        if self.installation.ask(f"/q/{self.address}").status != 200:
            raise Refused(
                f"{self.installation} does not know the queue {self.keyword}: give this command "
                "the DATA_DIR and DATABASE_URL of the installation."
            )

    def _prepare(self, queue_id: int, emails: list[str], password: str, began: datetime) -> Play:
        browsers = []
        for email in emails:
            browser = Browser(self.installation)
            browser.sign_in(email, password)
            browser.open(f"/control/{self.keyword}")
            browsers.append(browser)
        phones = {line: self._phone(phone) for line, phone in self.phones.items()}

        def code() -> str:
            with reading() as session:
                return code_shown(session, queue_id, datetime.now(UTC))

        def told() -> int:
            with reading() as session:
                return len(told_again(session, queue_id, began))

        return Play(
            self.script,
            self.keyword,
            phones=phones,
            browsers=browsers,
            say=click.echo,
            code=code,
            told_again=told,
        )

    def _phone(self, phone: str) -> Phone:
        ours = self.texted[phone]
        return Phone(spelled(ours.channel, phone), str(ours), self.settings, self.installation)

    def _say_what_comes(self, speed: float) -> None:
        acts = self.script.acts
        lasts = timedelta(seconds=round((acts[-1].at - acts[0].at).total_seconds() / speed))
        who = f"{len(self.script.records)} customers, {len(self.script.servicers)} servicers"
        click.echo(f"{self.day}: {who}, {lasts} at {speed:g} times.")
        by = Counter(ours.channel for ours in self.texted.values())
        if len(by) > 1:
            click.echo(", ".join(f"{count} by {channel.title}" for channel, count in by.items()) + ".")
        click.echo(f"To watch: {self.settings.public_url}/q/{self.address}/board")

    def _wait_for_texts(self, queue_id: int, began: datetime) -> None:
        deadline = time.monotonic() + SECONDS_FOR_TEXTS
        while time.monotonic() < deadline:
            with reading() as session:
                state = session.get_one(Queue, queue_id).state
                if not count_unsent(session, queue_id, began) and state != QueueState.LAST_CALL:
                    return
            time.sleep(0.2)

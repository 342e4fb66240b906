"""One run: starts the processes, the people and the kills, and waits until everything has settled."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from migrations.migrate import migrate
from models.people import phone_numbers as phone_module
from models.people.addresses import Address, Channel, read_address, spelled
from models.people.phone_numbers import PhoneKeys, use_keys
from models.people.servicers import Role
from models.storage import database
from security.passwords import hash_password
from tests.acceptance.installation import PUBLIC_URL, Installation, free_port, password
from tests.fake_carrier import FakeCarrier
from tests.migrated import migrated_postgres
from tests.pgbouncer import pooled
from tests.proof.judge import Calm, find_faults, how_calm
from tests.proof.misfortune import Misfortune
from tests.proof.people import Guest
from tests.proof.staff import Desk, Servicing, email
from tests.world import SHOP_PHONE, make_business, make_number, make_queue, make_servicer, phone

FAULT_RATE = 0.3
SETTLE_SECONDS = 1.5
# Kills go on until so few are left; the carrier misbehaves until everybody has been served.
SERVED_IN_PEACE = 0.2
# If nothing at all has changed for so long, nothing will, even on a slow machine.
STUCK_AFTER_SECONDS = 180.0
# Our numbers, as the carrier spells them.
NUMBERS = {
    Channel.SMS: SHOP_PHONE,
    Channel.WHATSAPP: spelled(Channel.WHATSAPP, SHOP_PHONE),
    Channel.RCS: spelled(Channel.RCS, "lopes_agent"),
}
CLOCKS = {"sqlite": 1, "postgres": 2, "pgbouncer": 2}
BOTH = ("sqlite", "postgres")


@dataclass(frozen=True)
class Size:
    guests: int = 100
    servicers: int = 6
    seconds_to_join: float = 6.0
    fault_rate: float = FAULT_RATE
    most_kills: int = 1000
    channels: tuple[Channel, ...] = tuple(Channel)
    """What the guests write by, in turn."""
    falls_back: bool | None = None
    """Whether the queue lets SMS take another channel's place; None: every other seed."""


@dataclass
class Findings:
    """The result of a run."""

    seed: int
    database: str
    faults: list[str] = field(default_factory=list)
    texts: int = 0
    on_screens: int = 0
    settled_by_list: int = 0
    lists_asked: int = 0
    by_sms_instead: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def share_listed(self) -> float:
        """The share of our texts whose outcome only the carrier's list could tell."""
        return self.settled_by_list / self.texts if self.texts else 0.0

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        things = sum(self.counts.values())
        went_wrong = sum(count for what, count in self.counts.items() if not what.endswith("good"))
        return (
            f"seed {self.seed:3} {self.database:8} {len(self.faults)} faults; {self.texts} sends,"
            f" {self.on_screens} texts on screens, {self.by_sms_instead} by SMS instead; {went_wrong} of"
            f" {things} calls, lists and reports went wrong; killed {kills};"
            f" {self.share_listed:.1%} needed listing; {self.seconds:.0f} s"
        )


def prove(*, seed: int, database: str, size: Size, folder: Path) -> Findings:
    """Run it once; `faults` is empty if everything held."""
    began = time.monotonic()
    chance = random.Random(seed)
    findings = Findings(seed, database)
    with ExitStack() as stack:
        port = free_port()
        carrier = stack.enter_context(
            FakeCarrier(
                public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{port}", numbers=list(NUMBERS.values())
            )
        )
        url = "" if database == "sqlite" else stack.enter_context(migrated_postgres())
        if database == "pgbouncer":
            url = stack.enter_context(pooled(url))
        shop = Installation(
            folder,
            carrier,
            port,
            DATABASE_URL=url,
            SECRET_KEY="the secret of the proof, long enough",
            SETTLE_SECONDS=str(SETTLE_SECONDS),
            TEXTS_PER_SECOND="100",
            WEB_WORKERS="2" if database == "pgbouncer" else "1",
        )
        stack.enter_context(_connected(shop))
        falls_back = size.falls_back if size.falls_back is not None else seed % 2 == 1
        _set_up(carrier, size, falls_back)
        clocks = [f"clock-{index + 1}" for index in range(CLOCKS[database])]
        stack.callback(shop.stop)
        shop.start("web")
        for clock in clocks:
            shop.start(clock, "clock")
        shop.wait_until_ready()
        # One answer without faults: it shows our clock that this carrier lists such answers.
        for channel in Channel:
            carrier.customer_texts(spelled(channel, phone(9999)), carrier.number_on(channel), "STATUS")
        carrier.settle()

        carrier.faults.misbehave(seed=seed, rate=size.fault_rate)
        misfortune = Misfortune(shop, ["web", *clocks], random.Random(chance.random()), size.most_kills)
        desk = Desk(shop, "Desk")
        guests = [
            Guest(
                index,
                carrier,
                random.Random(chance.random()),
                seconds_to_join=size.seconds_to_join,
                desk=desk,
                channel=size.channels[index % len(size.channels)],
                may_fall_back=falls_back,
            )
            for index in range(size.guests)
        ]
        servicings = [
            Servicing(shop, f"Servicer {index}", guests, random.Random(chance.random()))
            for index in range(size.servicers)
        ]
        _let_loose(shop, misfortune, guests, [desk, *servicings], findings)
        findings.faults += find_faults(carrier, guests)
        _count(findings, shop, carrier, misfortune)
        kept = {guest.phone for guest in guests if guest.window_is_over}
        findings.by_sms_instead = sum(one.to in kept for one in carrier.messages())
    findings.seconds = time.monotonic() - began
    return findings


def _let_loose(
    shop: Installation,
    misfortune: Misfortune,
    guests: list[Guest],
    staff: list[Desk | Servicing],
    findings: Findings,
) -> None:
    carrier, everybody = shop.carrier, [*guests, *staff, misfortune]
    for one in everybody:
        one.start()
    for guest in guests:
        guest.has_joined.wait()
    _wait_until_calm(carrier, misfortune, in_peace=len(guests) * SERVED_IN_PEACE)
    for guest in guests:
        guest.stop()
    # Who gave up their place may have come back to it at the last moment.
    calm = _wait_until_calm(carrier, misfortune, in_peace=len(guests) * SERVED_IN_PEACE)
    misfortune.stop()
    for one in staff:
        one.stop()
    if not calm.is_calm:
        findings.faults += [f"stuck for {STUCK_AFTER_SECONDS:g} s: {why}" for why in calm.why_not]
        (shop.folder / "why.txt").write_text(shop.logs())
    findings.faults += [fault for one in staff for fault in one.faults]


def _wait_until_calm(carrier: FakeCarrier, misfortune: Misfortune, *, in_peace: float) -> Calm:
    """`in_peace`: when so few are left, nothing is killed any more."""
    calm, changed_at = how_calm(carrier), time.monotonic()
    while not calm.is_calm and time.monotonic() - changed_at < STUCK_AFTER_SECONDS:
        time.sleep(0.5)
        before, calm = calm, how_calm(carrier)
        if calm != before:
            changed_at = time.monotonic()
        if calm.live < in_peace:
            misfortune.stop()
        if calm.live == 0:
            carrier.faults.behave()
    return calm


def _count(findings: Findings, shop: Installation, carrier: FakeCarrier, misfortune: Misfortune) -> None:
    said = "\n".join(log.read_text() for log in shop.folder.glob("clock*.log"))
    findings.settled_by_list = said.count(" text settled ")
    findings.texts = len(carrier.calls)
    findings.on_screens = sum(one.on_screen for one in carrier.messages())
    findings.counts = dict(carrier.faults.counts)
    findings.kills = dict(misfortune.kills)


def _set_up(carrier: FakeCarrier, size: Size, falls_back: bool) -> None:
    migrate(database.database().engine)
    now = datetime.now(UTC)
    business = make_business(number=carrier.number, created_at=now)
    for address in (Address(channel, read_address(word).phone) for channel, word in NUMBERS.items()):
        if address.channel != Channel.SMS:
            make_number(business, address.channel, address.phone, created_at=now)
    make_queue(business, created_at=now, falls_back_to_sms=falls_back)
    for name in ["Desk", *(f"Servicer {index}" for index in range(size.servicers))]:
        make_servicer(
            business,
            name,
            role=Role.SERVICER,
            email=email(name),
            password_hash=hash_password(password(name)),
        )


@contextmanager
def _connected(shop: Installation) -> Iterator[None]:
    """Connect this process to the same database, to set it up and to check it."""
    before, keys_before = database._database, phone_module._keys
    settings = Settings.from_environment(shop.environ)
    database._database = database.Database(settings.database_url)
    use_keys(PhoneKeys(settings.phone_keys, settings.phone_hash_key))
    try:
        yield
    finally:
        database.database().close()
        database._database, phone_module._keys = before, keys_before

"""What `flask doctor` finds of what lies outside: carrier, mail server, proxies, phones that may join."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from commands.doctor.finding import Finding
from commands.doctor.public_address import NotAsked, public_address_problem
from config.settings import CarrierName, Settings, SignUp
from jobs.reports.mail import PutOff, ServerMailer, sender_of
from models.people.addresses import Address, Channel
from models.people.business import OurNumber
from models.people.phone_countries import allowed_by_default, calling_code_of, main_country_refused
from models.people.refused_countries import refused_lately
from models.storage.database import reading
from models.texts.outbox_backlog import backlogs

MAIL_SECONDS = 5.0


def countries(settings: Settings) -> Iterator[Finding]:
    """Whose phones the default refuses, and whose were refused: they are never answered."""
    if settings.allowed_countries:
        return
    in_use = (OurNumber.retired_at.is_(None), OurNumber.channel != Channel.RCS)
    yield from _senders_without_country()
    with reading() as session:
        for number in session.scalars(select(OurNumber).where(*in_use).order_by(OurNumber.id)):
            refused = [one.country for one in refused_lately(session, number, datetime.now(UTC))]
            main = main_country_refused(number.phone)
            allowed = ",".join(sorted(allowed_by_default(number.phone)))
            if main is None and not refused:
                continue
            who = (
                f"phones of {main} (most of its calling code)" if main else f"phones of {', '.join(refused)}"
            )
            tried = f"; {', '.join(refused)} tried in the last 30 days" if main and refused else ""
            wider = ",".join([allowed, *sorted({*refused, *([main] if main else [])})])
            words = (
                f"{number.phone} does not answer {who}{tried}. Set ALLOWED_COUNTRIES={wider} to allow them"
            )
            yield Finding("countries", False, f"{words}, or ALLOWED_COUNTRIES={allowed} to keep it so.")


def _senders_without_country() -> Iterator[Finding]:
    """An RCS sender has no phone: its country is that of the business's other numbers, if there are any."""
    senders = (OurNumber.retired_at.is_(None), OurNumber.channel == Channel.RCS)
    with reading() as session:
        for sender in session.scalars(select(OurNumber).where(*senders).order_by(OurNumber.id)):
            if calling_code_of(sender.home_phone) is None:
                words = (
                    f"{sender.address} answers nobody: {sender.business.name} has no phone number that says"
                    " which country it is in. Set ALLOWED_COUNTRIES to its two letters, such as US."
                )
                yield Finding("countries", False, words)


def other_channels(settings: Settings, addresses: list[Address]) -> Iterator[Finding]:
    """What the carrier's client can't look at: the webhook of a sender stands on the sender."""
    if addresses and settings.carrier == CarrierName.TWILIO:
        senders = " and ".join(map(str, addresses))
        words = f"not checked: the webhook of {senders} must be {settings.public_url}/webhooks/sms, by POST."
        yield Finding("channels", True, words)


def public_address(settings: Settings) -> Finding:
    try:
        problem = public_address_problem(settings)
    except NotAsked as trouble:  # a router may not lead its own network's requests back into it
        return Finding(
            "address",
            True,
            f"{settings.public_url} does not answer from this machine ({trouble}); others may reach it.",
        )
    return Finding("address", problem is None, f"{settings.public_url} {problem or 'leads here.'}")


def carrier(settings: Settings, our_numbers: list[str]) -> Iterator[Finding]:
    if settings.carrier == CarrierName.PRETEND:
        yield Finding("carrier", True, f"pretend phones, at {settings.public_url}/phones.")
        return
    # Only this command needs the carrier's client; the web processes import this module too.
    from jobs.outbox.twilio_carrier import TwilioCarrier  # noqa: PLC0415

    problems = TwilioCarrier(settings).check(our_numbers)
    for problem in problems:
        yield Finding("carrier", False, problem)
    if not problems:
        yield Finding("carrier", True, "Twilio's account, numbers and webhooks are in order.")


def texts() -> Iterator[Finding]:
    """The outbox backlog of each of our numbers."""
    with reading() as session:
        found = backlogs(session)
    for one in found:
        since = f" since {one.oldest_at:%Y-%m-%d %H:%M:%S} UTC" if one.oldest_at else ""
        words = f"{one.number}: {one.waiting} waiting, {one.sending} being sent, {one.unknown} unknown{since}"
        if one.held_since:
            words += f"; nothing sent since {one.held_since:%H:%M:%S} UTC: {one.held_reason}"
        yield Finding("texts", one.held_since is None, f"{words}.")


def mail(settings: Settings) -> Finding:
    server = settings.mail
    if server is None and settings.signup == SignUp.OPEN:
        words = "SIGNUP=open without MAIL_URL: nobody gets the link to confirm their email. Set MAIL_URL."
        return Finding("mail", False, words)
    if server is None:
        return Finding("mail", True, "no MAIL_URL: mails are written to DATA_DIR/mail.")
    where = f"{server.host}:{server.port}"
    mailer = ServerMailer(server, step_seconds=MAIL_SECONDS, whole_seconds=2 * MAIL_SECONDS)
    try:
        words = mailer.check(sender_of(settings))
    except PutOff as problem:
        return Finding("mail", False, f"{where} takes no mail ({problem}): check MAIL_URL and MAIL_FROM.")
    return Finding("mail", True, f"{where} {words}.")

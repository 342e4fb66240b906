"""`flask summary`: the daily summary, printed or sent; and who gets it, and at which hour."""

from datetime import UTC, date, datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.mails import summary_line
from commands.failing import PlainCommand, Refused
from commands.setup import BUSINESS_NAME, servicer, the_business
from commands.values import Day, Email
from jobs.daily_summary import DailySummary
from jobs.mail import mailer_of, sender_of
from models.business import Business
from models.database import reading, transaction
from models.people import Servicer
from models.summary import Summary, hand_out, summary_of
from models.summary_mail import MailState, SummaryMail

WORDS = {
    MailState.WAITING: "not sent yet, the clock tries again",
    MailState.SENDING: "being sent just now",
    MailState.SENT: "sent",
    MailState.REFUSED: "refused by the mail server",
    MailState.UNKNOWN: "handed over, but the mail server did not say that it took it; not sent again",
    MailState.EXPIRED: "not sent, and now too late",
}


@click.command("summary", cls=PlainCommand)
@with_appcontext
@click.option("--date", "day", type=Day(), help="The business day.  [default: today]")
@click.option("--send", is_flag=True, help="Send it to the managers who get it, each once for a day.")
@click.option("--business", type=BUSINESS_NAME, help="Whose it is; needed where there are several.")
@click.option(
    "--every-day-at",
    "hour",
    type=click.IntRange(0, 23),
    metavar="HOUR",
    help="From now on send it at this hour; at one before noon, of the day before.",
)
def summary(day: date | None, send: bool, business: str | None, hour: int | None) -> None:
    """Print the daily summary in one line, as it is known now, or send it.

    The clock sends it every day at the business's hour (20, unless set): by mail to every manager who has
    not said no, by text to those who asked for it. Whoever has got a day's summary does not get it again.
    """
    if hour is not None:
        if day or send:
            raise click.UsageError("--every-day-at goes without --date and --send.")
        click.echo(transaction(lambda session: _set_hour(session, business, hour)))
        return
    now = datetime.now(UTC)
    with reading() as session:
        owner = the_business(session, business)
        found = summary_of(session, owner, day or owner.day_of(now), now)
    if send:
        _send(owner, found, now)
    else:
        click.echo(summary_line(found.line_facts(), owner.language))


def _send(business: Business, found: Summary, now: datetime) -> None:
    def work(session: Session) -> list[Servicer]:
        return hand_out(session, session.get_one(Business, business.id), found, now)

    if not transaction(work):
        raise Refused(f"Nobody gets the summary of {business.name}: see `flask servicer summary --help`.")
    settings = current_app.config["SETTINGS"]
    mails = DailySummary(
        mailer_of(settings),
        sender=sender_of(settings),
        public_url=settings.public_url,
        secret_key=settings.secret_key,
    )
    mails.send_due(business.id)
    with reading() as session:
        mine = select(SummaryMail).where(SummaryMail.business_id == business.id, SummaryMail.day == found.day)
        told = [(mail.servicer.email, mail.state, mail.error) for mail in session.scalars(mine)]
    for email, state, error in told:
        click.echo(f"{email}: {WORDS[state]}{f' ({error})' if error else ''}.")
    if any(state not in (MailState.SENT, MailState.SENDING) for _, state, _ in told):
        raise Refused("Not everybody has got it.")


def _set_hour(session: Session, business: str | None, hour: int) -> str:
    owner = the_business(session, business)
    is_same, owner.summary_hour = owner.summary_hour == hour, hour
    today = owner.day_of(datetime.now(UTC))
    later = (owner.summary_at(today).astimezone(owner.zone).date() - today).days
    of_day = "that day" if later == 0 else "the day before"
    words = "is sent already" if is_same else "is sent from now on"
    return f"The summary of {owner.name} {words} at {hour:02}:00, of {of_day}."


@servicer.command("summary")
@click.argument("email", type=Email())
@click.option("--mail/--no-mail", default=None, help="By mail.  [default for managers: yes]")
@click.option("--texts/--no-texts", default=None, help="In one line, to their own phone.  [default: no]")
def who_gets_it(email: str, mail: bool | None, texts: bool | None) -> None:
    """Say whether a manager gets the daily summary, by mail and by text, or print it."""

    def work(session: Session) -> Servicer:
        person = Servicer.named(session, email)
        if person is None:
            raise Refused(f"There is no account {email}.")
        person.gets_summary = person.gets_summary if mail is None else mail
        person.wants_summary_texts = person.wants_summary_texts if texts is None else texts
        return person

    person = transaction(work)
    by = [
        *(["mail"] if person.gets_summary else []),
        *(["text"] if person.wants_summary_texts else []),
    ]
    click.echo(f"{email} gets the daily summary {'by ' + ' and '.join(by) if by else 'not at all'}.")
    if person.role != "manager" and by:
        click.echo("Only managers get it, though.")
    if person.wants_summary_texts and person.phone is None:
        click.echo("There is no phone to text to yet.")

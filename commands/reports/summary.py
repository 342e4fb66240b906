"""`flask summary`: prints or sends the summary of a day or week, and sets who gets it at which hour."""

from datetime import UTC, date, datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.mails import summary_line
from commands.command_line.account_types import Email
from commands.command_line.errors import PlainCommand, Refused
from commands.command_line.groups import servicer
from commands.command_line.parameter_types import Day
from commands.command_line.which_business import of_business, the_business
from jobs.reports.daily_summary import DailySummary
from jobs.reports.mail import mailer_of, sender_of
from models.people.business import Business
from models.people.servicers import BY_MAIL, BY_TEXT, Role, Servicer
from models.people.summary_period import Period
from models.statistics.summary import Summary, hand_out, summary_of
from models.statistics.summary_mail import MailState, SummaryMail
from models.storage.database import reading, transaction

WORDS = {
    MailState.WAITING: "not sent yet; the clock tries again",
    MailState.SENDING: "being sent",
    MailState.SENT: "sent",
    MailState.REFUSED: "refused by the mail server",
    MailState.UNKNOWN: "handed over, but the mail server did not confirm it; not sent again",
    MailState.EXPIRED: "not sent, and too late now",
}


@click.command("summary", cls=PlainCommand)
@with_appcontext
@click.option("--date", "day", type=Day(), help="Business day.  [default: today]")
@click.option(
    "--week",
    "is_week",
    is_flag=True,
    help="The week (Monday to Sunday) of that day.  [default: last week]",
)
@click.option("--send", is_flag=True, help="Send it to the managers who get it, once each.")
@of_business
@click.option(
    "--every-day-at",
    "hour",
    type=click.IntRange(0, 23),
    metavar="HOUR",
    help="Send it at this hour from now on. Before noon it is of the day before.",
)
def summary(day: date | None, is_week: bool, send: bool, business: str | None, hour: int | None) -> None:
    """Print or send the summary of a day or week.

    Prints one line, from what is known now.

    The clock sends the day's summary at the business's hour (20:00 unless you change it), and on Monday that
    of the week before: by mail to every manager who has not turned it off, by text to those who asked for it.
    Nobody gets the same summary twice.
    """
    if hour is not None:
        if day or is_week or send:
            raise click.UsageError("--every-day-at can't be combined with --date, --week or --send.")
        click.echo(transaction(lambda session: _set_hour(session, business, hour)))
        return
    now = datetime.now(UTC)
    with reading() as session:
        owner = the_business(session, business)
        period = Period.WEEK if is_week else Period.DAY
        last = _last_week(owner, now) if is_week else owner.day_of(now)
        if is_week and send and day is not None and period.first_of(day) > last:
            raise Refused("That week is not over yet: its last days would be missing.")
        found = summary_of(session, owner, day or last, now, period)
    if send:
        _send(owner, found, now)
    else:
        click.echo(summary_line(found.line_facts(), owner.language))


def _last_week(business: Business, now: datetime) -> date:
    """The last week that is over, or whose summary has already been sent (after midnight)."""
    over = Period.WEEK.first_of(business.day_of(now)) - Period.WEEK.length
    return max(over, business.last_summary(Period.WEEK, now))


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
        mine = select(SummaryMail).where(
            SummaryMail.business_id == business.id,
            SummaryMail.period == found.period,
            SummaryMail.day == found.day,
        )
        told = [(mail.servicer.email, mail.state, mail.error) for mail in session.scalars(mine)]
    for email, state, error in told:
        click.echo(f"{email}: {WORDS[state]}{f' ({error})' if error else ''}.")
    if any(state not in (MailState.SENT, MailState.SENDING) for _, state, _ in told):
        raise Refused("Not everybody got it.")


def _set_hour(session: Session, business: str | None, hour: int) -> str:
    owner = the_business(session, business)
    is_same, owner.summary_hour = owner.summary_hour == hour, hour
    today = owner.day_of(datetime.now(UTC))
    later = (owner.summary_at(today).astimezone(owner.zone).date() - today).days
    of_day = "that day" if later == 0 else "the day before"
    words = "is already sent" if is_same else "is now sent"
    return f"The summary of {owner.name} {words} at {hour:02}:00, about {of_day}."


@servicer.command("summary")
@click.argument("email", type=Email())
@click.option("--mail/--no-mail", default=None, help="The daily one by mail.  [default for managers: yes]")
@click.option("--texts/--no-texts", default=None, help="The daily one by text, in one line.  [default: no]")
@click.option("--weekly-mail/--no-weekly-mail", default=None, help="The weekly one by mail.  [default: yes]")
@click.option(
    "--weekly-texts/--no-weekly-texts",
    default=None,
    help="The weekly one by text, in one line.  [default: no]",
)
def who_gets_it(
    email: str, mail: bool | None, texts: bool | None, weekly_mail: bool | None, weekly_texts: bool | None
) -> None:
    """Choose which summaries a manager gets, by mail or by text. Without options it prints them."""
    chosen = {
        BY_MAIL[Period.DAY]: mail,
        BY_TEXT[Period.DAY]: texts,
        BY_MAIL[Period.WEEK]: weekly_mail,
        BY_TEXT[Period.WEEK]: weekly_texts,
    }

    def work(session: Session) -> Servicer:
        person = Servicer.by_email(session, email)
        if person is None:
            raise Refused(f"There is no account {email}.")
        for switch, choice in chosen.items():
            if choice is not None:
                setattr(person, switch, choice)
        return person

    person = transaction(work)
    for period, name in ((Period.DAY, "daily"), (Period.WEEK, "weekly")):
        by = [
            *(["mail"] if getattr(person, BY_MAIL[period]) else []),
            *(["text"] if getattr(person, BY_TEXT[period]) else []),
        ]
        click.echo(
            f"{email} gets the {name} summary by {' and '.join(by)}."
            if by
            else f"{email} does not get the {name} summary."
        )
    if person.role != Role.MANAGER and any(getattr(person, switch) for switch in chosen):
        click.echo("But only managers get summaries.")
    if person.phone is None and any(getattr(person, switch) for switch in BY_TEXT.values()):
        click.echo("But there is no phone number to text yet.")

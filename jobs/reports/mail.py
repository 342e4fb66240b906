"""Sends mails to a mail server, or writes them into a folder if none is set.

The standard library's smtplib and email suffice: one mail a day for each manager, from a thread that may
wait. Every step has a time limit, and so has the whole. Does not decide what to send or when to retry.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from config.settings import LOOPBACK, MailServer, Settings
from jobs.reports.bounded_smtp import Bounded, BoundedSsl

STEP_SECONDS = 15.0
WHOLE_SECONDS = 90.0  # a server that sends single bytes now and then stays within every step's limit


class PutOff(Exception):
    """The mail was not taken now; nothing was sent, and it is safe to try again."""


class Refused(Exception):
    """The mail was not taken and never will be: nothing was sent."""


class Mailer(Protocol):
    def offer(self, mail: EmailMessage) -> AbstractContextManager[Callable[[], None]]:
        """Do everything up to the last step; the yielded function does that: it hands the mail over.

        Both raise PutOff or Refused if nothing was sent. After any other exception of the last step it is
        unknown whether the mail was taken.
        """


def mailer_of(settings: Settings) -> Mailer:
    folder = settings.data_dir / "mail"
    return ServerMailer(settings.mail) if settings.mail else FolderMailer(folder)


def sender_of(settings: Settings) -> str:
    """The From address of our mails: as set, the mail account's own, or one at the host of our pages."""
    if settings.mail_from:
        return settings.mail_from
    if settings.mail and settings.mail.user and "@" in settings.mail.user:
        return settings.mail.user
    host = urlsplit(settings.public_url).hostname or ""
    return f"take-a-number@{'localhost' if host in LOOPBACK else host}"


def new_mail(
    *,
    sender: tuple[str, str],
    to: tuple[str, str],
    subject: str,
    text: str,
    html: str,
    key: str,
    now: datetime,
    pictures: Mapping[str, bytes] | None = None,
    stop_url: str | None = None,
) -> EmailMessage:
    """A mail in plain text and HTML; `sender` and `to` are (name, address). The key makes the Message-ID.

    `pictures` are PNGs by content id, by which the HTML shows them. `stop_url` is where the reader, or by
    RFC 8058 the reader's mail program, unsubscribes.

    Raises Refused for an address that mail can't be sent to.
    """
    host = sender[1].rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(*sender)
    mail["To"] = _address(*to)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    if stop_url:
        mail["List-Unsubscribe"] = f"<{stop_url}>"
        if stop_url.startswith("https://"):  # mail programs ignore it otherwise
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    _add_pictures(mail, pictures or {})
    return mail


def _add_pictures(mail: EmailMessage, pictures: Mapping[str, bytes]) -> None:
    """All beside the HTML in one part: the first turns its part into that of them all."""
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    for content_id, png in pictures.items():
        html.add_related(
            png, "image", "png", cid=f"<{content_id}>", disposition="inline", filename=f"{content_id}.png"
        )


def _address(name: str, email: str) -> Address:
    try:
        if not email.isascii():
            raise ValueError("it has letters that mail servers don't take")
        return Address(name, addr_spec=email)
    except (ValueError, IndexError, HeaderParseError) as fault:
        raise Refused(f"no address that mail can be sent to: {fault}") from None


class ServerMailer:
    """By SMTP; encrypted from the first byte, or by STARTTLS where the server offers it."""

    def __init__(
        self,
        server: MailServer,
        *,
        step_seconds: float = STEP_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._server = server
        self._step_seconds = step_seconds
        self._whole_seconds = whole_seconds

    @contextmanager
    def offer(self, mail: EmailMessage) -> Iterator[Callable[[], None]]:
        sender, to = (mail[header].addresses[0].addr_spec for header in ("From", "To"))
        smtp = self._connected(sender)
        try:
            with _errors_as_put_off():
                _require_accepted(smtp.mail(sender), "the sender")
                _require_accepted(smtp.rcpt(to), "the recipient")
            yield lambda: _hand_over(smtp, mail)
        finally:
            _quit(smtp)

    def check(self, sender: str) -> str:
        """Do all that comes before a mail, and send none. Says how it went; raises PutOff where it fails."""
        smtp = self._connected(sender)
        try:
            with _errors_as_put_off():
                _require_accepted(smtp.mail(sender), "the sender")
            encrypted = f"by {smtp.sock.version()}" if isinstance(smtp.sock, ssl.SSLSocket) else "not"
            user = self._server.user
            return f"answers, {encrypted} encrypted, {'signed in' if user else 'without signing in'}"
        finally:
            _quit(smtp)

    def _connected(self, sender: str) -> smtplib.SMTP:
        smtp = None
        try:
            with _errors_as_put_off():
                smtp = self._connection(sender)
                smtp.ehlo_or_helo_if_needed()
                self._encrypt(smtp)
                self._log_in(smtp)
        except PutOff:
            if smtp is not None:
                _quit(smtp)
            raise
        return smtp

    def _connection(self, sender: str) -> smtplib.SMTP:
        server, seconds = self._server, self._step_seconds
        # Given, since otherwise smtplib looks up this machine's name, which may take long.
        host = sender.rpartition("@")[2]
        bounds = {"timeout": seconds, "whole_seconds": self._whole_seconds}
        if server.encrypted:
            return BoundedSsl(server.host, server.port, host, context=self._context(), **bounds)
        return Bounded(server.host, server.port, host, **bounds)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if self._server.encrypted:
            return
        if smtp.has_extn("starttls"):
            smtp.starttls(context=self._context())
            smtp.ehlo_or_helo_if_needed()
        elif self._server.password and not self._is_local:
            raise PutOff("the server offers no encryption, and the password is not sent without")

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self._server.user:
            smtp.login(self._server.user, self._server.password or "")

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._is_local:  # on this machine, and its certificate names another host
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    @property
    def _is_local(self) -> bool:
        return self._server.host in LOOPBACK


class FolderMailer:
    """Writes .eml files, which every mail program opens; the same mail again replaces its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def offer(self, mail: EmailMessage) -> Iterator[Callable[[], None]]:
        yield lambda: self._write(mail)

    def _write(self, mail: EmailMessage) -> None:
        file = self._folder / (mail["Message-ID"].strip("<>").rpartition("@")[0] + ".eml")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = file.with_suffix(".unfinished")
            unfinished.write_bytes(mail.as_bytes())
            unfinished.replace(file)
        except OSError as fault:
            raise PutOff(f"{file} can't be written: {fault.strerror}") from None


@contextmanager
def _errors_as_put_off() -> Iterator[None]:
    """Turn every error in the block into PutOff: the server has not got the mail yet."""
    try:
        yield
    except smtplib.SMTPResponseException as fault:
        raise PutOff(f"{fault.smtp_code} {_words(fault.smtp_error)}") from None
    except (OSError, smtplib.SMTPException, ValueError) as fault:
        raise PutOff(f"{type(fault).__name__}: {fault}") from None


def _require_accepted(answer: tuple[int, bytes], what: str) -> None:
    code, said = answer
    if 200 <= code < 300:
        return
    problem = f"{what} was refused: {code} {_words(said)}"
    # A recipient refused for good is a wrong address; a refused sender is a wrong setting.
    raise Refused(problem) if code >= 500 and what == "the recipient" else PutOff(problem)


def _hand_over(smtp: smtplib.SMTP, mail: EmailMessage) -> None:
    try:
        code, answer = smtp.data(mail.as_bytes())
        said = _words(answer)
    except smtplib.SMTPDataError as fault:  # refused before the data
        code, said = fault.smtp_code, _words(fault.smtp_error)
    problem = f"the mail was refused: {code} {said}"
    if 400 <= code < 500:
        raise PutOff(problem)
    if 500 <= code < 600:
        raise Refused(problem)
    if not 200 <= code < 300:
        raise smtplib.SMTPException(f"an answer that is none: {code} {said}")


def _quit(smtp: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()


def _words(said: bytes | str) -> str:
    return " ".join((said.decode(errors="replace") if isinstance(said, bytes) else said).split())

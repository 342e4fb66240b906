"""The mails that the clock process would send, for tests of pages: sent when `read` is called."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

from config.settings import MailServer
from jobs.reports.account_mails import AccountMails

PUBLIC_URL = "http://127.0.0.1:8000"
SERVER = MailServer("mail.example.com", 25, encrypted=False)


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.clock = AccountMails(self, sender="take@example.com", public_url=PUBLIC_URL)

    @contextmanager
    def offer(self, mail: EmailMessage) -> Iterator[Callable[[], None]]:
        yield lambda: self.mails.append(mail)

    def read(self) -> list[tuple[str, str]]:
        """(to, subject) of the mails sent since the last call."""
        before = len(self.mails)
        self.clock.run(datetime.now(UTC))
        return [(mail["To"].addresses[0].addr_spec, mail["Subject"]) for mail in self.mails[before:]]

    def link(self) -> str:
        """The path of the link in the newest mail."""
        body = self.mails[-1].get_body(("plain",))
        assert body is not None
        (address,) = re.findall(rf"^{PUBLIC_URL}(/\S+/\S+)\s*$", body.get_content(), re.MULTILINE)
        return str(address)

    def html(self) -> str:
        body = self.mails[-1].get_body(("html",))
        assert body is not None
        return str(body.get_content())

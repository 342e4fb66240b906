"""MAIL_URL and MAIL_FROM: the mail server, and the address that mails come from."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from config.environment import Environment, SettingsError, split_address

MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class MailServer:
    """The mail server; `encrypted` from the first byte (smtps), else by STARTTLS if offered."""

    host: str
    port: int
    encrypted: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(read: Environment) -> MailServer | None:
    text = read.text("MAIL_URL")
    if text is None:
        return None
    example = "smtp://user:password@mail.example.org:587"
    parts = split_address("MAIL_URL", text, example=example)
    if parts.scheme not in ("smtp", "smtps") or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(
            f"MAIL_URL must be a mail server's address: write it like {example}, or with smtps://."
        )
    assert parts.hostname is not None
    encrypted = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if encrypted else 587 if parts.username else 25),
        encrypted=encrypted,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def mail_from(read: Environment) -> str | None:
    text = read.text("MAIL_FROM")
    if text is None or MAIL_ADDRESS.fullmatch(text):
        return text
    raise SettingsError(
        f"MAIL_FROM must be a mail address alone, such as queue@example.org, not {text!r}: "
        "mails give the business's name with it."
    )

"""Settings of an installation, read from the environment once and never changed.

A bad or missing value raises SettingsError: one line with the setting's name and how to correct it. Secrets
that are not set come from kept_secrets.py. Knows neither database, Flask nor carrier.
"""

import errno
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from config.carrier_account import CarrierName, carrier_account, shared_keys
from config.environment import Environment, SettingsError
from config.kept_secrets import kept_secrets
from config.locations import CODE, backup_dir, data_dir, database_url, is_sqlite
from config.mail_server import MailServer, mail_from, mail_server
from config.message_templates import message_templates

__all__ = ["CODE", "LOOPBACK", "CarrierName", "LogLevel", "MailServer", "Settings", "SettingsError", "SignUp"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SignUp(StrEnum):
    INVITE = "invite"
    OPEN = "open"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Settings:
    data_dir: Path
    database_url: str = field(repr=False)
    host: str
    port: int
    public_url: str
    proxies: int
    """How many trusted proxies are in front of us and set forwarding headers."""
    web_workers: int
    database_connections: int
    """At most so many to Postgres, for each process."""
    log_level: LogLevel
    signup: SignUp
    allowed_countries: frozenset[str]
    """Upper-case country codes; empty: the country of the number the text came to."""
    message_templates: Mapping[str, str]
    """WhatsApp's ContentSid by kind of text, or by kind and language."""
    texts_per_second: float
    settle_seconds: float
    mail: MailServer | None
    """None: mails are written to DATA_DIR/mail/."""
    mail_from: str | None
    """None: the mail account's own address, or one at the host of our pages."""

    carrier: CarrierName
    account_sid: str
    """Pretend phones have an account and a token too, so that signatures are always checked the same way."""
    auth_token: str = field(repr=False)
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)
    messaging_service_sid: str | None = None
    shared_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Ids and secrets of the keys that the carrier may sign with besides the account's token."""
    twilio_api_url: str | None = None

    secret_key: str = field(repr=False)
    phone_keys: tuple[str, ...] = field(repr=False)
    """The first encrypts, all decrypt."""
    phone_hash_key: str = field(repr=False)

    metrics_token: str | None = field(default=None, repr=False)
    """Lets whoever sends it read /metrics; None: only this machine may."""
    backup_dir: Path | None = None
    """Where the clock writes the daily backup; None: no backups."""
    backup_days: int = 14
    queues_per_business: int = 50
    """In use at one time, as far as managers make them; whoever runs the installation is not limited."""
    webhook_allowed_hosts: frozenset[str] = frozenset()
    """Hosts, with or without a port, that webhooks may go to although they are not public, or by http."""
    backup_key: str | None = field(default=None, repr=False)
    """Encrypts backups; None: they are not encrypted."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """All settings, checked; creates DATA_DIR and missing secrets. Raises SettingsError."""
        read = Environment(environ)
        data_folder = data_dir(read)
        database = database_url(read, data_folder)
        port = read.whole("PORT", default=8000, lowest=1, highest=65535)
        own = kept_secrets(read, data_folder, on_sqlite=is_sqlite(database))
        account = carrier_account(read, own.pretend_token)
        public_url = _public_url(read, port)
        return cls(
            data_dir=data_folder,
            database_url=database,
            host=_host(read),
            port=port,
            public_url=public_url,
            # We don't terminate TLS ourselves: with https there is at least one proxy in front of us.
            proxies=read.whole("PROXIES", default=int(public_url.startswith("https:")), lowest=0, highest=9),
            web_workers=_web_workers(read, database),
            database_connections=read.whole("DATABASE_CONNECTIONS", default=6, lowest=2, highest=100),
            log_level=LogLevel(read.choice("LOG_LEVEL", LogLevel, default=LogLevel.INFO)),
            signup=SignUp(read.choice("SIGNUP", SignUp, default=SignUp.INVITE)),
            allowed_countries=_allowed_countries(read),
            message_templates=message_templates(read),
            texts_per_second=read.number("TEXTS_PER_SECOND", default=1, lowest=0.01, highest=1000),
            settle_seconds=read.number("SETTLE_SECONDS", default=45, lowest=0, highest=3600),
            mail=mail_server(read),
            mail_from=mail_from(read),
            twilio_api_url=_twilio_api_url(read),
            secret_key=own.secret_key,
            phone_keys=own.phone_keys,
            phone_hash_key=own.phone_hash_key,
            metrics_token=read.secret("METRICS_TOKEN"),
            backup_dir=backup_dir(read),
            backup_days=read.whole("BACKUP_DAYS", default=14, lowest=1, highest=3650),
            backup_key=read.secret("BACKUP_KEY"),
            queues_per_business=read.whole("QUEUES_PER_BUSINESS", default=50, lowest=1, highest=10_000),
            webhook_allowed_hosts=_webhook_allowed_hosts(read),
            carrier=account.carrier,
            account_sid=account.sid,
            auth_token=account.token,
            api_key=account.api_key,
            api_secret=account.api_secret,
            messaging_service_sid=account.messaging_service_sid,
            shared_keys=shared_keys(read),
        )

    @property
    def kept_folders(self) -> tuple[Path, ...]:
        """Our own folders outside the database; the list of late privacy requests is in each."""
        return (self.data_dir, *([self.backup_dir] if self.backup_dir else []))

    @property
    def on_sqlite(self) -> bool:
        return is_sqlite(self.database_url)

    def refuse_port_in_use(self) -> None:
        """Raises SettingsError if HOST and PORT can't be listened on now."""
        try:
            family, kind, *_, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(address)
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise SettingsError(
                    f"HOST {self.host} is no address of this machine ({error.strerror}): "
                    "set one of its own, such as 127.0.0.1, or 0.0.0.0 for all of them."
                ) from None
            is_low = error.errno == errno.EACCES
            mend = "become an administrator" if is_low else "end the program that does"
            raise SettingsError(
                f"PORT {self.port} of HOST {self.host} can't be listened on ({error.strerror}): "
                f"{mend}, or set another PORT."
            ) from None

    @property
    def https(self) -> bool:
        """Whether customers use https, so that cookies may be Secure."""
        return self.public_url.startswith("https://")

    @property
    def emulated(self) -> bool:
        """Whether the carrier is an emulator on this machine, which reaches us without https."""
        return urlsplit(self.twilio_api_url or "").hostname in LOOPBACK


def _host(read: Environment) -> str:
    host = read.text("HOST") or "127.0.0.1"
    if not re.fullmatch(r"[A-Za-z0-9._:-]+|\[[0-9A-Fa-f:.]+\]", host):
        raise SettingsError(
            f"HOST must be a host name or an address to listen on, such as 0.0.0.0, not {host!r}."
        )
    return host.strip("[]")


def _public_url(read: Environment, port: int) -> str:
    parts = read.address("PUBLIC_URL")
    if parts is None:
        return f"http://127.0.0.1:{port}"
    if parts.path.strip("/"):
        raise SettingsError(
            f"PUBLIC_URL must end after the host and port, without {parts.path!r}: "
            "give the installation a host name of its own."
        )
    return urlunsplit(parts._replace(path=""))


def _twilio_api_url(read: Environment) -> str | None:
    parts = read.address("TWILIO_API_URL")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/"))) if parts else None


def _web_workers(read: Environment, database_url: str) -> int:
    workers = read.whole("WEB_WORKERS", default=1, lowest=1, highest=64)
    if workers > 1 and is_sqlite(database_url):
        raise SettingsError(
            "WEB_WORKERS must be 1 on SQLite: set DATABASE_URL to a Postgres database to use more."
        )
    return workers


def _allowed_countries(read: Environment) -> frozenset[str]:
    codes = {code.strip().upper() for code in (read.text("ALLOWED_COUNTRIES") or "").split(",")} - {""}
    # Most name none, and the library takes a twentieth of a command's time.
    for code in sorted(codes - import_module("phonenumbers").SUPPORTED_REGIONS) if codes else ():
        raise SettingsError(
            f"ALLOWED_COUNTRIES must be two-letter country codes such as PT,GB; {code!r} is none."
        )
    return frozenset(codes)


def _webhook_allowed_hosts(read: Environment) -> frozenset[str]:
    hosts = {host.strip().lower() for host in (read.text("WEBHOOK_ALLOWED_HOSTS") or "").split(",")} - {""}
    for host in sorted(hosts):
        if not re.fullmatch(r"[a-z0-9._-]+(:[0-9]{1,5})?", host):
            raise SettingsError(
                "WEBHOOK_ALLOWED_HOSTS must be hosts such as 127.0.0.1:9000 or receiver.local, separated by "
                f"commas; {host!r} is none."
            )
    return frozenset(hosts)

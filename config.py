"""Settings of an installation, read from the environment once and never changed.

A bad or missing value raises SettingsError with one line that names the setting and how to mend it.
Secrets nobody set are made and kept by own_secrets.py. Nothing here knows the database, Flask or the carrier.
"""

import errno
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from phonenumbers import SUPPORTED_REGIONS

from environment import Environment, SettingsError, split_address
from own_secrets import own_secrets

__all__ = ["CODE", "LOOPBACK", "CarrierName", "LogLevel", "MailServer", "Settings", "SettingsError", "SignUp"]

CODE = Path(__file__).resolve().parent
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PRETEND_ACCOUNT_SID = "AC" + "0" * 32


class CarrierName(StrEnum):
    TWILIO = "twilio"
    PRETEND = "pretend"


class SignUp(StrEnum):
    INVITE = "invite"
    OPEN = "open"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in; `encrypted` from the first byte (smtps), else by STARTTLS if offered."""

    host: str
    port: int
    encrypted: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    data_dir: Path
    database_url: str = field(repr=False)
    host: str
    port: int
    public_url: str
    proxies: int
    """How many stand in front of us and tell whom they pass on."""
    web_workers: int
    log_level: LogLevel
    signup: SignUp
    allowed_countries: frozenset[str]
    """Upper-case country codes; empty: the country of the number the text came to."""
    texts_per_second: float
    settle_seconds: float
    mail: MailServer | None
    """None: mails are written to DATA_DIR/mail/."""
    mail_from: str | None
    """None: the mail account's own address, or one at the host of our pages."""

    carrier: CarrierName
    account_sid: str
    """Pretend phones have an account and a token too, so that a signature is checked in one way only."""
    auth_token: str = field(repr=False)
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)
    messaging_service_sid: str | None = None
    twilio_api_url: str | None = None

    secret_key: str = field(repr=False)
    phone_keys: tuple[str, ...] = field(repr=False)
    """The first encrypts, all decrypt."""
    phone_hash_key: str = field(repr=False)

    backup_dir: Path | None = None
    """Where the clock puts a backup each day; None: nowhere."""
    backup_days: int = 14
    backup_key: str | None = field(default=None, repr=False)
    """Encrypts backups; None: they are written as they are."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Every setting, checked; makes DATA_DIR and the secrets nobody set. Raises SettingsError."""
        read = Environment(environ)
        data_dir = _data_dir(read)
        database_url = _database_url(read, data_dir)
        port = read.whole("PORT", default=8000, lowest=1, highest=65535)
        own = own_secrets(read, data_dir, on_sqlite=_is_sqlite(database_url))
        account = _account(read, own.pretend_token)
        public_url = _public_url(read, port)
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            host=_host(read),
            port=port,
            public_url=public_url,
            # We speak no TLS ourselves: where customers come by https, somebody in front of us does.
            proxies=read.whole("PROXIES", default=int(public_url.startswith("https:")), lowest=0, highest=9),
            web_workers=_web_workers(read, database_url),
            log_level=LogLevel(read.choice("LOG_LEVEL", LogLevel, default=LogLevel.INFO)),
            signup=SignUp(read.choice("SIGNUP", SignUp, default=SignUp.INVITE)),
            allowed_countries=_allowed_countries(read),
            texts_per_second=read.number("TEXTS_PER_SECOND", default=1, lowest=0.01, highest=1000),
            settle_seconds=read.number("SETTLE_SECONDS", default=45, lowest=0, highest=3600),
            mail=_mail_server(read),
            mail_from=_mail_from(read),
            twilio_api_url=_twilio_api_url(read),
            secret_key=own.secret_key,
            phone_keys=own.phone_keys,
            phone_hash_key=own.phone_hash_key,
            backup_dir=_backup_dir(read),
            backup_days=read.whole("BACKUP_DAYS", default=14, lowest=1, highest=3650),
            backup_key=read.secret("BACKUP_KEY"),
            carrier=account.carrier,
            account_sid=account.sid,
            auth_token=account.token,
            api_key=account.api_key,
            api_secret=account.api_secret,
            messaging_service_sid=account.messaging_service_sid,
        )

    @property
    def on_sqlite(self) -> bool:
        return _is_sqlite(self.database_url)

    def refuse_port_in_use(self) -> None:
        """Raises SettingsError if nobody can listen on HOST and PORT now."""
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
        """Whether customers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @property
    def emulated(self) -> bool:
        """Whether the carrier is a program on this machine, which reaches us without https."""
        return urlsplit(self.twilio_api_url or "").hostname in LOOPBACK


def _data_dir(read: Environment) -> Path:
    text = read.text("DATA_DIR")
    try:
        folder = Path(text).expanduser().resolve() if text else _users_data_folder(read)
    except RuntimeError:
        raise SettingsError("DATA_DIR must be set: this user has no home folder to keep data in.") from None
    if folder == CODE or CODE in folder.parents:
        raise SettingsError(
            f"DATA_DIR must be outside the code, not {str(folder)!r}: an update must not touch data."
        )
    return folder


def _backup_dir(read: Environment) -> Path | None:
    text = read.text("BACKUP_DIR")
    if text is None:
        return None
    folder = Path(text)
    if not folder.is_absolute() or folder.resolve() == CODE or CODE in folder.resolve().parents:
        raise SettingsError(
            f"BACKUP_DIR must be an absolute path outside the code, not {text!r}: best on another disk."
        )
    return folder


def _users_data_folder(read: Environment) -> Path:
    base = read.text("XDG_DATA_HOME")
    folder = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
    return (folder / "take-a-number").resolve()


def _database_url(read: Environment, data_dir: Path) -> str:
    text = read.text("DATABASE_URL")
    if text is None:
        return f"sqlite:///{data_dir / 'take-a-number.sqlite3'}"
    scheme, separator, rest = text.partition("://")
    if separator and scheme in ("postgresql+psycopg", "postgresql", "postgres"):
        return f"postgresql+psycopg://{rest}"
    if separator and scheme in ("sqlite", "sqlite+pysqlite"):
        return _sqlite_url(rest)
    raise SettingsError(
        "DATABASE_URL must begin with postgresql+psycopg:// or sqlite:/// followed by an absolute path."
    )


def _sqlite_url(rest: str) -> str:
    file = Path(rest.removeprefix("/"))
    if not file.is_absolute() or "?" in rest:
        raise SettingsError(
            "DATABASE_URL must name an absolute path on SQLite, such as sqlite:////var/lib/queue.db."
        )
    if CODE in file.resolve().parents:
        raise SettingsError("DATABASE_URL must name a file outside the code: an update must not touch data.")
    if not file.parent.is_dir():
        raise SettingsError(
            f"DATABASE_URL must name a file in a folder that is there: make {str(file.parent)!r}."
        )
    return f"sqlite:///{file}"


def _is_sqlite(database_url: str) -> bool:
    return database_url.startswith("sqlite:")


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
    if workers > 1 and _is_sqlite(database_url):
        raise SettingsError(
            "WEB_WORKERS must be 1 on SQLite: set DATABASE_URL to a Postgres database to use more."
        )
    return workers


def _allowed_countries(read: Environment) -> frozenset[str]:
    codes = {code.strip().upper() for code in (read.text("ALLOWED_COUNTRIES") or "").split(",")} - {""}
    for code in sorted(codes - SUPPORTED_REGIONS):
        raise SettingsError(
            f"ALLOWED_COUNTRIES must be two-letter country codes such as PT,GB; {code!r} is none."
        )
    return frozenset(codes)


def _mail_server(read: Environment) -> MailServer | None:
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


def _mail_from(read: Environment) -> str | None:
    text = read.text("MAIL_FROM")
    if text is None or MAIL_ADDRESS.fullmatch(text):
        return text
    raise SettingsError(
        f"MAIL_FROM must be a mail address alone, such as queue@example.org, not {text!r}: "
        "mails give the business's name with it."
    )


@dataclass(frozen=True)
class _Account:
    carrier: CarrierName
    sid: str
    token: str
    api_key: str | None = None
    api_secret: str | None = None
    messaging_service_sid: str | None = None


def _account(read: Environment, pretend_token: str) -> _Account:
    """Twilio's account when its id is set; a half-set one is refused, never taken for pretend phones."""
    sid = read.text("TWILIO_ACCOUNT_SID")
    token, key, secret, service = (
        read.text(name)
        for name in (
            "TWILIO_AUTH_TOKEN",
            "TWILIO_API_KEY",
            "TWILIO_API_SECRET",
            "TWILIO_MESSAGING_SERVICE_SID",
        )
    )
    if sid is None:
        if token or key or secret or service:
            raise SettingsError(
                "TWILIO_ACCOUNT_SID is missing while other TWILIO_ settings are there: "
                "set it too, or take them all away to use pretend phones."
            )
        return _Account(CarrierName.PRETEND, PRETEND_ACCOUNT_SID, pretend_token)
    if not sid.startswith("AC"):
        raise SettingsError("TWILIO_ACCOUNT_SID must begin with AC: copy it from Twilio's console.")
    if token is None:
        raise SettingsError("TWILIO_AUTH_TOKEN is missing: copy it from Twilio's console.")
    if (key is None) != (secret is None):
        raise SettingsError("TWILIO_API_KEY and TWILIO_API_SECRET go together: set both or neither.")
    if service is not None and not service.startswith("MG"):
        raise SettingsError("TWILIO_MESSAGING_SERVICE_SID must begin with MG, or be left out.")
    public = read.address("PUBLIC_URL")
    if public is None:
        raise SettingsError(
            "PUBLIC_URL is missing: set the address under which Twilio and customers reach this "
            "installation, such as https://queue.example.org."
        )
    if "_" in public.netloc:
        raise SettingsError("PUBLIC_URL must be a host name without underscores: Twilio calls no other.")
    return _Account(CarrierName.TWILIO, sid, token, key, secret, service)

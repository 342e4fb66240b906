"""Settings of an installation, read from the environment once and never changed.

A bad or missing value raises SettingsError with one line that names the setting and how to mend it.
Secrets nobody set are made and kept in DATA_DIR. Nothing here knows the database, Flask or the carrier.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from phonenumbers import SUPPORTED_REGIONS

CODE = Path(__file__).resolve().parent
PRETEND_ACCOUNT_SID = "AC" + "0" * 32
SHORTEST_SECRET = 16


class SettingsError(Exception):
    """One line for the operator: the setting's name, what is wrong with it, and how to mend it."""


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
    web_workers: int
    log_level: LogLevel
    signup: SignUp
    allowed_countries: frozenset[str]
    """Upper-case country codes; empty: the country of the number the text came to."""
    texts_per_second: float
    settle_seconds: float
    mail: MailServer | None
    """None: mails are written to DATA_DIR/mail/."""

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

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Every setting, checked; makes DATA_DIR and the secrets nobody set. Raises SettingsError."""
        read = _Reader(environ)
        data_dir = _data_dir(read)
        database_url = _database_url(read, data_dir)
        port = read.whole("PORT", default=8000, lowest=1, highest=65535)
        own_secrets = _own_secrets(read, data_dir, on_sqlite=_is_sqlite(database_url))
        account = _account(read, own_secrets.pretend_token)
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            host=_host(read),
            port=port,
            public_url=_public_url(read, port),
            web_workers=_web_workers(read, database_url),
            log_level=LogLevel(read.choice("LOG_LEVEL", LogLevel, default=LogLevel.INFO)),
            signup=SignUp(read.choice("SIGNUP", SignUp, default=SignUp.INVITE)),
            allowed_countries=_allowed_countries(read),
            texts_per_second=read.number("TEXTS_PER_SECOND", default=1, lowest=0.01, highest=1000),
            settle_seconds=read.number("SETTLE_SECONDS", default=45, lowest=0, highest=3600),
            mail=_mail_server(read),
            twilio_api_url=_twilio_api_url(read),
            secret_key=own_secrets.secret_key,
            phone_keys=own_secrets.phone_keys,
            phone_hash_key=own_secrets.phone_hash_key,
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
            raise SettingsError(
                f"PORT {self.port} of HOST {self.host} can't be listened on ({error.strerror}): "
                "end the program that does, or set another PORT."
            ) from None

    @property
    def https(self) -> bool:
        """Whether customers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")


class _Reader:
    """The environment's values, trimmed; an empty one counts as absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str | None:
        value = self._environ.get(name)
        return (value.strip() or None) if value is not None else None

    def whole(self, name: str, *, default: int, lowest: int, highest: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", text) and lowest <= int(text) <= highest:
            return int(text)
        raise SettingsError(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}.")

    def number(self, name: str, *, default: float, lowest: float, highest: float) -> float:
        text = self.text(name)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) and lowest <= float(text) <= highest:
            return float(text)
        raise SettingsError(f"{name} must be a number from {lowest} to {highest}, not {text!r}.")

    def choice(self, name: str, choices: type[StrEnum], *, default: StrEnum) -> str:
        text = (self.text(name) or default).lower()
        if text in list(choices):
            return text
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {text!r}.")

    def address(self, name: str) -> SplitResult | None:
        """An http(s) address without query; user, password and fragment are taken off."""
        text = self.text(name)
        if text is None:
            return None
        parts = _split(name, text, example="https://queue.example.org")
        if parts.scheme not in ("http", "https") or parts.query or re.search(r"\s", text):
            raise SettingsError(
                f"{name} must be an address such as https://queue.example.org, without a query, not {text!r}."
            )
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")

    def secret(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and len(text) < SHORTEST_SECRET:
            raise SettingsError(
                f"{name} is too short: give at least {SHORTEST_SECRET} characters that nobody can guess."
            )
        return text


def _split(name: str, text: str, *, example: str) -> SplitResult:
    """The parts of an address whose host and port can be. The text is not shown: it may hold a password."""
    try:
        parts = urlsplit(text)
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise SettingsError(f"{name} is not an address: write it like {example}.")


def _data_dir(read: _Reader) -> Path:
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


def _users_data_folder(read: _Reader) -> Path:
    base = read.text("XDG_DATA_HOME")
    folder = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
    return (folder / "take-a-number").resolve()


def _database_url(read: _Reader, data_dir: Path) -> str:
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


def _host(read: _Reader) -> str:
    host = read.text("HOST") or "127.0.0.1"
    if not re.fullmatch(r"[A-Za-z0-9._:-]+|\[[0-9A-Fa-f:.]+\]", host):
        raise SettingsError(
            f"HOST must be a host name or an address to listen on, such as 0.0.0.0, not {host!r}."
        )
    return host.strip("[]")


def _public_url(read: _Reader, port: int) -> str:
    parts = read.address("PUBLIC_URL")
    if parts is None:
        return f"http://127.0.0.1:{port}"
    if parts.path.strip("/"):
        raise SettingsError(
            f"PUBLIC_URL must end after the host and port, without {parts.path!r}: "
            "give the installation a host name of its own."
        )
    return urlunsplit(parts._replace(path=""))


def _twilio_api_url(read: _Reader) -> str | None:
    parts = read.address("TWILIO_API_URL")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/"))) if parts else None


def _web_workers(read: _Reader, database_url: str) -> int:
    workers = read.whole("WEB_WORKERS", default=1, lowest=1, highest=64)
    if workers > 1 and _is_sqlite(database_url):
        raise SettingsError(
            "WEB_WORKERS must be 1 on SQLite: set DATABASE_URL to a Postgres database to use more."
        )
    return workers


def _allowed_countries(read: _Reader) -> frozenset[str]:
    codes = {code.strip().upper() for code in (read.text("ALLOWED_COUNTRIES") or "").split(",")} - {""}
    for code in sorted(codes - SUPPORTED_REGIONS):
        raise SettingsError(
            f"ALLOWED_COUNTRIES must be two-letter country codes such as PT,GB; {code!r} is none."
        )
    return frozenset(codes)


def _mail_server(read: _Reader) -> MailServer | None:
    text = read.text("MAIL_URL")
    if text is None:
        return None
    example = "smtp://user:password@mail.example.org:587"
    parts = _split("MAIL_URL", text, example=example)
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


@dataclass(frozen=True)
class _Account:
    carrier: CarrierName
    sid: str
    token: str
    api_key: str | None = None
    api_secret: str | None = None
    messaging_service_sid: str | None = None


def _account(read: _Reader, pretend_token: str) -> _Account:
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


@dataclass(frozen=True)
class _OwnSecrets:
    secret_key: str
    phone_keys: tuple[str, ...]
    phone_hash_key: str
    pretend_token: str


def _own_secrets(read: _Reader, data_dir: Path, *, on_sqlite: bool) -> _OwnSecrets:
    secret_key, phone_hash_key = read.secret("SECRET_KEY"), read.secret("PHONE_HASH_KEY")
    phone_keys = read.text("PHONE_KEYS")
    if on_sqlite:
        kept = _KeptSecrets(data_dir)
        return _OwnSecrets(
            secret_key=secret_key or kept.text("SECRET_KEY"),
            phone_keys=_phone_keys(phone_keys or kept.text("PHONE_KEYS")),
            phone_hash_key=phone_hash_key or kept.text("PHONE_HASH_KEY"),
            pretend_token=kept.text("PRETEND_TOKEN"),
        )
    # Several hosts may share a Postgres database, so nothing may depend on a file of one of them.
    for name, value in (("SECRET_KEY", secret_key), ("PHONE_KEYS", phone_keys)):
        if value is None:
            raise SettingsError(
                f"{name} is missing: on Postgres set it, the same for every process, "
                "for instance to the output of: openssl rand -hex 32"
            )
    assert secret_key is not None
    assert phone_keys is not None
    return _OwnSecrets(
        secret_key=secret_key,
        phone_keys=_phone_keys(phone_keys),
        phone_hash_key=phone_hash_key or _derive(secret_key, "phone hash key"),
        pretend_token=_derive(secret_key, "pretend token"),
    )


def _phone_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if not keys or any(len(key) < SHORTEST_SECRET for key in keys):
        raise SettingsError(
            f"PHONE_KEYS must be texts of at least {SHORTEST_SECRET} characters, separated by commas: "
            "the first encrypts, all decrypt."
        )
    return keys


def _derive(secret_key: str, purpose: str) -> str:
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


class _KeptSecrets:
    """Secrets kept as files in DATA_DIR, for their owner's eyes only, each made by whoever needs it first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def text(self, name: str) -> str:
        file = self._folder / name.lower()
        try:
            text = file.read_text().strip() if file.exists() else self._make(file)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"DATA_DIR must be a folder this user can write to; {name} could not be kept in "
                f"{str(file)!r}: {getattr(error, 'strerror', None) or 'it is not a text'}."
            ) from None
        if len(text) < SHORTEST_SECRET:
            raise SettingsError(f"{name} is damaged in {str(file)!r}: bring the file back from a backup.")
        return text

    def _make(self, file: Path) -> str:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            # Two processes may start at once and must agree; the lock goes with the descriptor.
            fcntl.flock(folder, fcntl.LOCK_EX)
            if not file.exists():
                self._write(file, secrets.token_urlsafe(32))
                os.fsync(folder)
        finally:
            os.close(folder)
        return file.read_text().strip()

    def _write(self, file: Path, text: str) -> None:
        unfinished = file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)

"""Settings: defaults, what is made and kept, and one line for everything that can be wrong."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from config.message_templates import template_for
from config.settings import CODE, CarrierName, MailServer, Settings, SettingsError

POSTGRES = {"DATABASE_URL": "postgresql+psycopg://queue@db.example.org/queue"}
POSTGRES_SECRETS = {"SECRET_KEY": "a secret for the tests", "PHONE_KEYS": "a key for the tests"}
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_AUTH_TOKEN": "a token",
    "PUBLIC_URL": "https://queue.example.org",
}

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(**environ: str) -> Settings:
        return Settings.from_environment({"DATA_DIR": str(tmp_path / "data")} | environ)

    return read


def test_an_empty_environment_is_enough(tmp_path: Path) -> None:
    settings = Settings.from_environment({"XDG_DATA_HOME": str(tmp_path)})
    assert settings.data_dir == tmp_path / "take-a-number"
    assert settings.database_url == f"sqlite:///{tmp_path}/take-a-number/take-a-number.sqlite3"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.host, settings.port, settings.web_workers) == ("127.0.0.1", 8000, 1)
    assert (settings.log_level, settings.signup, settings.mail) == ("info", "invite", None)
    assert (settings.texts_per_second, settings.settle_seconds) == (1, 45)
    assert settings.allowed_countries == frozenset()
    assert settings.carrier == "pretend"


def test_an_empty_value_counts_as_absent(read: Read) -> None:
    assert read(PORT="", TWILIO_ACCOUNT_SID=" ", TWILIO_AUTH_TOKEN="").port == 8000


def test_secrets_nobody_set_are_made_once_and_kept_for_their_owner_only(read: Read, tmp_path: Path) -> None:
    first, second = read(), read()
    assert first == second
    secrets = {first.secret_key, *first.phone_keys, first.phone_hash_key, first.auth_token}
    assert len(secrets) == 4
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
    assert files == dict.fromkeys(("secret_key", "phone_keys", "phone_hash_key", "pretend_token"), 0o600)


def test_processes_that_start_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    show = "from config import Settings as S; s = S.from_environment(); print(s.secret_key, s.phone_keys)"
    environ = os.environ | {"DATA_DIR": str(tmp_path / "data")}
    started = [
        subprocess.Popen([sys.executable, "-c", show], cwd=CODE, env=environ, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in started}) == 1
    assert not list((tmp_path / "data").glob("*.unfinished"))


def test_a_secret_that_is_set_wins_over_the_kept_one(read: Read) -> None:
    kept = read()
    settings = read(
        SECRET_KEY="a secret for the tests", PHONE_KEYS="a new key for tests, an old key for tests"
    )
    assert settings.secret_key == "a secret for the tests" != kept.secret_key
    assert settings.phone_keys == ("a new key for tests", "an old key for tests")
    assert settings.phone_hash_key == kept.phone_hash_key


def test_secrets_are_not_shown(read: Read) -> None:
    settings = read(**POSTGRES_SECRETS, **TWILIO, MAIL_URL="smtp://me:hush-hush@mail.example.org")
    shown = repr(settings)
    for secret in (
        settings.secret_key,
        *settings.phone_keys,
        settings.phone_hash_key,
        "a token",
        "hush-hush",
    ):
        assert secret not in shown


def test_on_postgres_nothing_is_kept_in_files_and_the_rest_follows_from_the_secret_key(
    read: Read, tmp_path: Path
) -> None:
    first, again = read(**POSTGRES, **POSTGRES_SECRETS), read(**POSTGRES, **POSTGRES_SECRETS)
    other = read(**POSTGRES, **POSTGRES_SECRETS | {"SECRET_KEY": "another secret of tests"})
    assert first == again
    assert len({first.secret_key, first.phone_hash_key, first.auth_token}) == 3
    assert (first.phone_hash_key, first.auth_token) != (other.phone_hash_key, other.auth_token)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgres_means_the_one_driver(read: Read, scheme: str) -> None:
    settings = read(
        DATABASE_URL=f"{scheme}://u:p@db/queue?sslmode=require", WEB_WORKERS="4", **POSTGRES_SECRETS
    )
    assert settings.database_url == "postgresql+psycopg://u:p@db/queue?sslmode=require"
    assert settings.web_workers == 4
    assert not settings.on_sqlite


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://queue.example.org/", "https://queue.example.org"),
        ("https://Queue.example.org:8443", "https://Queue.example.org:8443"),
        ("https://user:word@queue.example.org", "https://queue.example.org"),
        ("https://queue.example.org/#rc=2", "https://queue.example.org"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_public_url_is_brought_to_the_form_that_the_carrier_signs(read: Read, given: str, meant: str) -> None:
    assert read(PUBLIC_URL=given).public_url == meant


def test_public_url_follows_the_port(read: Read) -> None:
    settings = read(PORT="8123", HOST="0.0.0.0")
    assert settings.public_url == "http://127.0.0.1:8123"
    assert not settings.https


def test_pretend_phones_have_an_account_and_a_token_of_their_own(read: Read) -> None:
    settings = read()
    assert settings.carrier is CarrierName.PRETEND
    assert settings.account_sid == "AC" + "0" * 32
    assert len(settings.auth_token) >= 32


def test_a_twilio_account_is_used_as_it_is_set(read: Read) -> None:
    settings = read(
        **TWILIO, TWILIO_API_KEY="SK1", TWILIO_API_SECRET="s", TWILIO_API_URL="http://127.0.0.1:4010/"
    )
    assert settings.carrier is CarrierName.TWILIO
    assert (settings.account_sid, settings.auth_token) == (TWILIO["TWILIO_ACCOUNT_SID"], "a token")
    assert (settings.api_key, settings.api_secret) == ("SK1", "s")
    assert settings.twilio_api_url == "http://127.0.0.1:4010"
    assert settings.https


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 25, encrypted=False)),
        ("smtp://me:a%40b@mail.example.org", MailServer("mail.example.org", 587, False, "me", "a@b")),
        ("smtps://me:word@mail.example.org", MailServer("mail.example.org", 465, True, "me", "word")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, encrypted=False)),
    ],
)
def test_a_mail_server_is_taken_apart(read: Read, url: str, server: MailServer) -> None:
    assert read(MAIL_URL=url).mail == server


def test_hosts_of_webhooks_may_be_written_anyhow(read: Read) -> None:
    given = read(WEBHOOK_ALLOWED_HOSTS="127.0.0.1:9000, Receiver.local,")
    assert given.webhook_allowed_hosts == {"127.0.0.1:9000", "receiver.local"}


def test_countries_may_be_written_anyhow(read: Read) -> None:
    assert read(ALLOWED_COUNTRIES="pt, GB,").allowed_countries == {"PT", "GB"}


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_a_host_that_is_not_ours_is_not_blamed_on_the_port(read: Read, host: str) -> None:
    with pytest.raises(SettingsError, match=rf"^HOST {host} is no address of this machine") as refused:
        read(HOST=host).refuse_port_in_use()
    assert "PORT" not in str(refused.value)


WRONG: dict[str, tuple[str, dict[str, str]]] = {
    "port is a word": ("PORT", {"PORT": "eighty"}),
    "port with line end": ("PORT", {"PORT": "80\n00"}),
    "port too high": ("PORT", {"PORT": "65536"}),
    "port zero": ("PORT", {"PORT": "0"}),
    "host with a scheme": ("HOST", {"HOST": "http://localhost"}),
    "data inside the code": ("DATA_DIR", {"DATA_DIR": str(CODE / "data")}),
    "data is the code": ("DATA_DIR", {"DATA_DIR": str(CODE)}),
    "data nowhere": ("DATA_DIR", {"DATA_DIR": "/dev/null/data"}),
    "another database": ("DATABASE_URL", {"DATABASE_URL": "mysql://db/queue"}),
    "no address at all": ("DATABASE_URL", {"DATABASE_URL": "queue.db"}),
    "relative sqlite": ("DATABASE_URL", {"DATABASE_URL": "sqlite:///queue.db"}),
    "sqlite in memory": ("DATABASE_URL", {"DATABASE_URL": "sqlite://"}),
    "sqlite in the code": ("DATABASE_URL", {"DATABASE_URL": f"sqlite:///{CODE / 'queue.db'}"}),
    "sqlite in no folder": ("DATABASE_URL", {"DATABASE_URL": "sqlite:////nowhere/queue.db"}),
    "postgres without secret": ("SECRET_KEY", POSTGRES),
    "short secret": ("SECRET_KEY", {"SECRET_KEY": "secret"}),
    "short key": ("PHONE_KEYS", {"PHONE_KEYS": "a key for the tests,short"}),
    "no key": ("PHONE_KEYS", {"PHONE_KEYS": ","}),
    "short hash key": ("PHONE_HASH_KEY", {"PHONE_HASH_KEY": "short"}),
    "public url without scheme": ("PUBLIC_URL", {"PUBLIC_URL": "queue.example.org"}),
    "public url with path": ("PUBLIC_URL", {"PUBLIC_URL": "https://example.org/queue"}),
    "public url with query": ("PUBLIC_URL", {"PUBLIC_URL": "https://example.org/?a=1"}),
    "public url with bad port": ("PUBLIC_URL", {"PUBLIC_URL": "https://example.org:port"}),
    "public url with underscore": ("PUBLIC_URL", TWILIO | {"PUBLIC_URL": "https://my_queue.example.org"}),
    "many workers on sqlite": ("WEB_WORKERS", {"WEB_WORKERS": "2"}),
    "no workers": ("WEB_WORKERS", {"WEB_WORKERS": "0"}),
    "log level": ("LOG_LEVEL", {"LOG_LEVEL": "loud"}),
    "sign-up": ("SIGNUP", {"SIGNUP": "yes"}),
    "country": ("ALLOWED_COUNTRIES", {"ALLOWED_COUNTRIES": "PT,UK"}),
    "webhooks": ("WEBHOOK_ALLOWED_HOSTS", {"WEBHOOK_ALLOWED_HOSTS": "http://receiver.local"}),
    "texts a second": ("TEXTS_PER_SECOND", {"TEXTS_PER_SECOND": "0"}),
    "settle seconds": ("SETTLE_SECONDS", {"SETTLE_SECONDS": "-1"}),
    "mail from a name": ("MAIL_FROM", {"MAIL_FROM": "Barber Lopes <queue@example.org>"}),
    "mail from two": ("MAIL_FROM", {"MAIL_FROM": "a@example.org,b@example.org"}),
    "mail": ("MAIL_URL", {"MAIL_URL": "mail.example.org"}),
    "mail scheme": ("MAIL_URL", {"MAIL_URL": "https://mail.example.org"}),
    "api url": ("TWILIO_API_URL", {"TWILIO_API_URL": "localhost:4010"}),
    "token without account": ("TWILIO_ACCOUNT_SID", {"TWILIO_AUTH_TOKEN": "a token"}),
    "key for account": ("TWILIO_ACCOUNT_SID", TWILIO | {"TWILIO_ACCOUNT_SID": "SK1"}),
    "account without token": ("TWILIO_AUTH_TOKEN", TWILIO | {"TWILIO_AUTH_TOKEN": ""}),
    "twilio without address": ("PUBLIC_URL", TWILIO | {"PUBLIC_URL": ""}),
    "key without secret": ("TWILIO_API_KEY", TWILIO | {"TWILIO_API_KEY": "SK1"}),
    "templates": ("WHATSAPP_TEMPLATES", {"WHATSAPP_TEMPLATES": "your_turn=HX1"}),
    "template's kind": ("WHATSAPP_TEMPLATES", {"WHATSAPP_TEMPLATES": f"joined=HX{'a' * 32}"}),
    "service": ("TWILIO_MESSAGING_SERVICE_SID", TWILIO | {"TWILIO_MESSAGING_SERVICE_SID": "AC1"}),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_setting_is_told_in_one_line_that_begins_with_its_name(read: Read, wrong: str) -> None:
    name, environ = WRONG[wrong]
    with pytest.raises(SettingsError) as told:
        read(**environ)
    line = str(told.value)
    assert line.startswith(f"{name} ")
    assert "\n" not in line
    assert len(line) <= 220


@pytest.mark.parametrize(
    "environ",
    [
        {"SECRET_KEY": "hush"},
        {"PHONE_KEYS": "hush"},
        {"DATABASE_URL": "mysql://me:hush@db/queue"},
        {"MAIL_URL": "imap://me:hush@mail.example.org"},
    ],
)
def test_a_wrong_setting_with_a_secret_in_it_is_told_without_the_secret(
    read: Read, environ: dict[str, str]
) -> None:
    with pytest.raises(SettingsError) as told:
        read(**environ)
    assert "hush" not in str(told.value)


def test_a_damaged_secret_is_told_and_not_replaced(read: Read, tmp_path: Path) -> None:
    read()
    file = tmp_path / "data" / "phone_keys"
    file.write_text("")
    with pytest.raises(SettingsError, match=r"^PHONE_KEYS is damaged in .*phone_keys'"):
        read()
    assert file.read_text() == ""


def test_a_link_into_the_code_is_no_place_for_data(read: Read, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(CODE)
    with pytest.raises(SettingsError, match=r"^DATA_DIR"):
        read(DATA_DIR=str(tmp_path / "link" / "data"))


def test_on_postgres_a_bare_user_id_needs_no_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in a container: no HOME, and no line in /etc/passwd."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SettingsError, match="DATA_DIR must be set"):
        Settings.from_environment({})
    postgres = {
        "DATABASE_URL": "postgresql://queue@db/queue",
        "SECRET_KEY": "s" * 32,
        "PHONE_KEYS": "p" * 32,
        "PHONE_HASH_KEY": "h" * 32,
    }
    folder = Settings.from_environment(postgres).data_dir
    assert folder == tmp_path / f"take-a-number-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Settings.from_environment(postgres).data_dir == folder
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(SettingsError, match="somebody else"):
        Settings.from_environment(postgres)


def test_a_template_is_that_of_the_language_or_else_the_one_for_all(read: Read) -> None:
    every, spanish = f"HX{'a' * 32}", f"HX{'B' * 32}"
    given = f"your_turn={every}, your_turn.es={spanish},"
    templates = read(WHATSAPP_TEMPLATES=given).message_templates
    assert template_for(templates, "your_turn", "fr") == every
    assert template_for(templates, "your_turn", "es") == spanish
    assert template_for(templates, "nearly_up", "es") is None
    assert read().message_templates == {}

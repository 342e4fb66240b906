"""Every fault while sending a mail is classified: safe to send again, refused for good, or unknown."""

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.settings import MailServer as Address, Settings
from jobs.reports.mail import (
    FolderMailer,
    Mailer,
    PutOff,
    Refused,
    ServerMailer,
    mailer_of,
    new_mail,
    sender_of,
)
from tests.jobs.mail_server import HANG_UP, SILENCE, TRICKLE, MailServer
from tests.world import NOON


def a_mail(**values: object) -> EmailMessage:
    given = {
        "sender": ("Barber Lopes & Søns", "queue@shop.example"),
        "to": ("Rosa Łuc", "rosa@example.com"),
        "subject": "Tue: 41 served · ünd mehr",
        "text": "41 served.\n.\nA line that begins with a dot: above, ü.\n",
        "html": "<p>41 served.</p>\n",
        "key": "summary-1-2026-03-10-3",
        "now": NOON,
    }
    return new_mail(**(given | values))  # type: ignore[arg-type]


def send(mailer: Mailer, mail: EmailMessage | None = None) -> None:
    with mailer.offer(mail or a_mail()) as give:
        give()


def mailer_for(server: MailServer, *, encrypted: bool = False, user: str | None = None) -> ServerMailer:
    password = "secret" if user else None
    address = Address("127.0.0.1", server.port, encrypted, user, password)
    return ServerMailer(address, step_seconds=0.5, whole_seconds=1.0)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody has signed, as on a host's own mail server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_mail_arrives_as_it_was_written() -> None:
    with MailServer() as server:
        send(mailer_for(server))
    (mail,) = server.mails
    assert mail["From"] == "Barber Lopes & Søns <queue@shop.example>"
    assert mail["To"] == "Rosa Łuc <rosa@example.com>"
    assert mail["Subject"] == "Tue: 41 served · ünd mehr"
    assert mail["Message-ID"] == "<summary-1-2026-03-10-3@shop.example>"
    assert mail["Date"].datetime == NOON
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == [
        "41 served.",
        ".",
        "A line that begins with a dot: above, ü.",
    ]
    assert html.get_content().strip() == "<p>41 served.</p>"
    assert "MAIL FROM:<queue@shop.example>".casefold() in [line.casefold() for line in server.heard]
    assert server.heard[0] == "ehlo shop.example"


def test_everything_on_the_wire_is_plain_ascii_in_short_lines() -> None:
    raw = a_mail(text="ü" * 3000, html="<p>" + "x" * 3000).as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) < 200


def test_nothing_leaves_before_it_is_given() -> None:
    with MailServer() as server:
        with mailer_for(server).offer(a_mail()):
            pass
        assert (server.mails, "data" in server.heard) == ([], False)


def test_starttls_is_used_where_it_is_offered(tls: ssl.SSLContext) -> None:
    with MailServer(tls=tls, passwords=True) as server:
        send(mailer_for(server, user="shop@mail.example"))
    assert len(server.mails) == 1
    assert server.encrypted_from == 2  # EHLO and STARTTLS
    assert any(line.startswith("AUTH PLAIN") for line in server.heard[2:])


def test_smtps_is_encrypted_from_the_first_byte(tls: ssl.SSLContext) -> None:
    with MailServer(tls=tls, encrypted=True, passwords=True) as server:
        send(mailer_for(server, encrypted=True, user="shop@mail.example"))
    assert (len(server.mails), server.encrypted_from) == (1, 0)


def test_a_password_is_never_sent_in_the_clear_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.reports.mail.LOOPBACK", ())
    with MailServer(passwords=True) as server:
        with pytest.raises(PutOff, match="no encryption"):
            send(mailer_for(server, user="shop@mail.example"))
        assert not any(line.startswith("AUTH") for line in server.heard)


def test_a_certificate_that_nobody_signed_is_refused_from_another_host(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext
) -> None:
    monkeypatch.setattr("jobs.reports.mail.LOOPBACK", ())
    with MailServer(tls=tls) as server:
        with pytest.raises(PutOff, match="certificate"):
            send(mailer_for(server))
        assert server.mails == []


SAFE = {
    "the server is not ready": {"hello": "421 come back"},
    "it hangs up at once": {"hello": HANG_UP},
    "it says nothing": {"hello": SILENCE},
    "it knows no EHLO and no HELO": {"EHLO": "500 what", "HELO": "500 what"},
    "it hangs up at EHLO": {"EHLO": HANG_UP},
    "it does not like the sender": {"MAIL": "550 not from you"},
    "it is greylisting": {"RCPT": "451 try again in five minutes"},
    "it hangs up at the recipient": {"RCPT": HANG_UP},
    "it says nothing to the recipient": {"RCPT": SILENCE},
    "it greets a letter at a time": {"hello": TRICKLE},
    "it answers a letter at a time": {"RCPT": TRICKLE},
    "it will not listen now": {"DATA": "451 disk full"},
    "it put the mail off": {".": "452 try later"},
}


@pytest.mark.parametrize("answers", SAFE.values(), ids=SAFE)
def test_nothing_was_sent_and_it_is_safe_to_try_again(answers: dict[str, str]) -> None:
    began = time.monotonic()
    with MailServer(answers) as server:
        with pytest.raises(PutOff):
            send(mailer_for(server))
        assert server.mails == []
    assert time.monotonic() - began < 5


FOR_GOOD = {
    "nobody of that name": {"RCPT": "550 no such user"},
    "the mail is not wanted": {"DATA": "554 no"},
    "the mail was read and is not wanted": {".": "554 spam"},
}


@pytest.mark.parametrize("answers", FOR_GOOD.values(), ids=FOR_GOOD)
def test_it_is_refused_for_good(answers: dict[str, str]) -> None:
    with MailServer(answers) as server, pytest.raises(Refused):
        send(mailer_for(server))


@pytest.mark.parametrize("answer", [HANG_UP, SILENCE, TRICKLE, "nonsense"])
def test_once_it_is_given_and_no_answer_comes_nobody_knows(answer: str) -> None:
    with MailServer({".": answer}) as server, mailer_for(server).offer(a_mail()) as give:
        with pytest.raises(Exception) as fault:
            give()
        assert not isinstance(fault.value, PutOff | Refused)


def test_a_secure_server_that_answers_a_letter_at_a_time_is_cut_off(tls: ssl.SSLContext) -> None:
    began = time.monotonic()
    with MailServer({"RCPT": TRICKLE}, tls=tls, encrypted=True) as server, pytest.raises(PutOff):
        send(mailer_for(server, encrypted=True))
    assert time.monotonic() - began < 5
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join(timeout=10)
    assert not [thread for thread in threading.enumerate() if thread.name == "mail"]


def test_a_server_that_is_not_there_is_told_in_words() -> None:
    with MailServer() as server:
        mailer = mailer_for(server)
    with pytest.raises(PutOff, match="refused"):
        send(mailer)


def test_a_wrong_password_may_be_mended() -> None:
    with MailServer({"AUTH": "535 no"}, passwords=True) as server, pytest.raises(PutOff, match="535"):
        send(mailer_for(server, user="shop@mail.example"))


@pytest.mark.parametrize("address", ["rösa@example.com", "rosa@", "a b@example.com", "<rosa@example.com>"])
def test_an_address_that_mail_cannot_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        a_mail(to=("Rosa", address))


def test_without_a_server_mails_are_files_that_mail_programs_open(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "mail")
    for _ in range(2):
        send(mailer)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "summary-1-2026-03-10-3.eml"
    assert message_from_bytes(file.read_bytes(), policy=default)["Subject"] == "Tue: 41 served · ünd mehr"
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(PutOff, match=r"mail.*can't be written"):
        send(FolderMailer(tmp_path / "mail"))


def settings(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environment({"DATA_DIR": str(tmp_path)} | environ)


def test_the_settings_choose_server_folder_and_sender(tmp_path: Path) -> None:
    bare = settings(tmp_path)
    assert isinstance(mailer_of(bare), FolderMailer)
    assert sender_of(bare) == "take-a-number@localhost"
    public = settings(
        tmp_path, PUBLIC_URL="https://queue.example.org", MAIL_URL="smtp://key:pw@mx.example:587"
    )
    assert isinstance(mailer_of(public), ServerMailer)
    assert sender_of(public) == "take-a-number@queue.example.org"
    own = settings(tmp_path, MAIL_URL="smtps://shop%40mail.example:pw@mx.example")
    assert sender_of(own) == "shop@mail.example"
    assert sender_of(settings(tmp_path, MAIL_FROM="queue@shop.example")) == "queue@shop.example"

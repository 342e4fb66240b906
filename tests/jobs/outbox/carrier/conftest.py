"""A carrier over real HTTP, the client that talks to it, and a certificate for servers of TLS."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jobs.outbox.twilio_carrier import TwilioCarrier
from tests.fake_carrier import FakeCarrier
from tests.jobs.outbox.carrier.clients import PUBLIC, settings_for, text


@pytest.fixture
def fake() -> Iterator[FakeCarrier]:
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9") as fake:
        yield fake


@pytest.fixture(scope="session", autouse=True)
def client_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The official client loads its modules at the first call, which takes longer than the limits below."""
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9") as fake:
        TwilioCarrier(settings_for(tmp_path_factory.mktemp("loaded"), fake)).send(text())


@pytest.fixture
def carrier(fake: FakeCarrier, tmp_path: Path) -> TwilioCarrier:
    return TwilioCarrier(
        settings_for(tmp_path, fake), connect_seconds=0.5, read_seconds=0.3, call_limit_seconds=0.6
    )


@pytest.fixture
def patient_carrier(fake: FakeCarrier, tmp_path: Path) -> TwilioCarrier:
    """With the product's own limits, for answers of a thousand texts: they take a busy machine a while."""
    return TwilioCarrier(settings_for(tmp_path, fake))


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake carrier")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file

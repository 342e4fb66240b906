"""The secrets of an installation: from settings, or generated and stored as files in DATA_DIR.

On Postgres several hosts may share a database, so secrets must not depend on one host's files.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from config.environment import SHORTEST_SECRET, Environment, SettingsError


@dataclass(frozen=True)
class KeptSecrets:
    secret_key: str
    phone_keys: tuple[str, ...]
    phone_hash_key: str
    pretend_token: str


def kept_secrets(read: Environment, data_dir: Path, *, on_sqlite: bool) -> KeptSecrets:
    secret_key, phone_hash_key = read.secret("SECRET_KEY"), read.secret("PHONE_HASH_KEY")
    phone_keys = read.text("PHONE_KEYS")
    if on_sqlite:
        kept = _SecretFiles(data_dir)
        return KeptSecrets(
            secret_key=secret_key or kept.text("SECRET_KEY"),
            phone_keys=_phone_keys(phone_keys or kept.text("PHONE_KEYS")),
            phone_hash_key=phone_hash_key or kept.text("PHONE_HASH_KEY"),
            pretend_token=kept.text("PRETEND_TOKEN"),
        )
    if secret_key is None:
        raise SettingsError(
            "SECRET_KEY is missing: on Postgres set it, the same for every process, "
            "for instance to the output of: openssl rand -hex 32"
        )
    return KeptSecrets(
        secret_key=secret_key,
        phone_keys=_phone_keys(phone_keys or _derive(secret_key, "phone keys")),
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


class _SecretFiles:
    """Secrets as files in DATA_DIR that only their owner can read; the first process to need one makes it."""

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
            # Two processes may start at once and must agree; closing the descriptor releases the lock.
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

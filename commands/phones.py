"""`flask phones rotate`: re-encrypts every phone and every webhook's secret with the first of PHONE_KEYS,
while everything runs."""

from functools import partial

import click
from flask.cli import with_appcontext

import models.schema  # noqa: F401
from commands.command_line.errors import PlainGroup, Refused
from models.privacy.key_rotation import TABLES, rotate_batch
from models.storage.database import transaction
from models.webhooks.endpoints import reencrypt_secrets

AT_A_TIME = 200

phones = PlainGroup("phones", help="Stored phone numbers.")


@phones.command("rotate")
@with_appcontext
def rotate() -> None:
    """Encrypt every phone number with the first of PHONE_KEYS.

    Put the new key first in PHONE_KEYS, restart all processes, run this, then remove the old keys. You can
    stop it and run it again: it skips what already has the new key.
    """
    rotated, unreadable = reencrypt()
    click.echo(f"Encrypted {rotated} phone numbers with the first of PHONE_KEYS.")
    secrets, unreadable_secrets = transaction(reencrypt_secrets)
    if secrets:
        click.echo(f"Encrypted {secrets} secrets of webhooks with it, too.")
    if unreadable_secrets:
        raise Refused(
            f"{unreadable_secrets} secrets of webhooks fit none of the keys: put back the key that "
            "encrypted them."
        )
    if unreadable:
        raise Refused(
            f"{unreadable} phone numbers fit none of the keys: put back the key that encrypted them."
        )
    click.echo("You need the other keys only for backups made before now.")


def reencrypt() -> tuple[int, int]:
    """How many phones were re-encrypted, and how many none of our keys decrypts."""
    rotated = unreadable = 0
    for table in TABLES:
        after = 0
        while True:
            work = partial(rotate_batch, table=table, after_id=after, size=AT_A_TIME)
            batch = transaction(work)
            rotated, unreadable = rotated + batch.rotated, unreadable + batch.unreadable
            if batch.last_id is None:
                break
            after = batch.last_id
    return rotated, unreadable

"""`flask phones rotate`: re-encrypts every phone with the first of PHONE_KEYS, while everything runs."""

from functools import partial

import click
from flask.cli import with_appcontext

from commands.errors import PlainGroup, Refused
from models.privacy.key_rotation import TABLES, rotate_batch
from models.storage.database import transaction

AT_A_TIME = 200

phones = PlainGroup("phones", help="Phone numbers, as they are kept.")


@phones.command("rotate")
@with_appcontext
def rotate() -> None:
    """Encrypt every phone with the first of PHONE_KEYS.

    Put a new key before the old ones, restart the processes, run this, and take the old keys away. It can
    be broken off and run again: what has the new key already is passed over.
    """
    rotated, unreadable = reencrypt()
    click.echo(f"Encrypted {rotated} phones with the first of PHONE_KEYS.")
    if unreadable:
        raise Refused(f"{unreadable} phones fit none of the keys: put the key they were written with back.")
    click.echo("The other keys are not needed any more, but for backups made before.")


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

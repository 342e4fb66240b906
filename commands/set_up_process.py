"""What the web and a command need before they work: the log, the database and the phone keys.

It imports no table: each command has those that it uses, and those that they refer to.
"""

from config import logs
from config.settings import Settings
from models.people.phone_numbers import PhoneKeys, use_keys
from models.storage import database
from models.storage.request_id import current_request_id


def set_up_process(settings: Settings) -> database.Database:
    """Connects to the database of `settings`, which is from then on the process's one."""
    logs.set_up(settings.log_level, request_id=current_request_id)
    use_keys(PhoneKeys(settings.phone_keys, settings.phone_hash_key))
    return database.connect(
        settings.database_url, connections=settings.database_connections, doorbell_in=settings.data_dir
    )

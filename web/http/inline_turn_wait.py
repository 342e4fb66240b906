"""On SQLite the web process stands still while it has a place in line to write: decision 0002."""

from gevent import monkey

from models.storage.write_lock import WriteLock


def set_up(lock: WriteLock) -> None:
    """Must be called before the first transaction."""
    if monkey.is_module_patched("time"):
        lock.stand_still_by(monkey.get_original("time", "sleep"))

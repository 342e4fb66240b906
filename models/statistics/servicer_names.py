"""The names of servicers in statistics: an account's current name, or the name in an imported file."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.servicers import Servicer


def servicer_names(session: Session, keys: Collection[str]) -> dict[str, str]:
    """A name for each key of `Visit.servicer`, no two alike."""
    ids = [int(key) for key in keys if not key.startswith("=")]
    names = {
        str(row.id): row.name
        for row in session.execute(select(Servicer.id, Servicer.name).where(Servicer.id.in_(ids)))
    }
    names |= {key: key[1:] for key in keys if key.startswith("=")}
    how_often = Counter(names.values())
    return {
        key: name if how_often[name] == 1 else f"{name} ({key.lstrip('=')})" for key, name in names.items()
    }

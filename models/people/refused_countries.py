"""Which countries' phones were refused lately, for the manager to see. Knows countries, never phones."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.business import OurNumber
from models.people.phone_countries import calling_code_of, country_of
from models.storage.database import Base
from models.storage.dialects import insert_into

SHOWN_FOR = timedelta(days=30)
# Refusals may come by the thousand, from who tries out numbers: one in so long is written down.
WRITTEN_EVERY = timedelta(minutes=1)


class RefusedCountry(Base):
    __tablename__ = "refused_countries"

    our_number_id: Mapped[int] = mapped_column(ForeignKey("our_numbers.id"), primary_key=True)
    country: Mapped[str] = mapped_column(String(8), primary_key=True)
    """ISO country, or the calling code ("+1") if the plan does not say."""
    last_at: Mapped[datetime]


def is_written(session: Session, our_number_id: int, phone: str, now: datetime) -> bool:
    """Whether the refusal of this country is on record from a moment ago."""
    found = session.get(RefusedCountry, (our_number_id, _country(phone)))
    return found is not None and now - WRITTEN_EVERY < found.last_at <= now


def record_refusal(session: Session, our_number_id: int, phone: str, now: datetime) -> None:
    table = RefusedCountry.__table__
    values = {"our_number_id": our_number_id, "country": _country(phone), "last_at": now}
    insert = insert_into(table, session.get_bind().dialect.name)
    again = insert.on_conflict_do_update(
        index_elements=["our_number_id", "country"], set_={"last_at": insert.excluded.last_at}
    )
    session.execute(again, values)


def refused_lately(session: Session, number: OurNumber, now: datetime) -> list[RefusedCountry]:
    """The newest first."""
    mine = (RefusedCountry.our_number_id == number.id, RefusedCountry.last_at > now - SHOWN_FOR)
    return list(session.scalars(select(RefusedCountry).where(*mine).order_by(RefusedCountry.last_at.desc())))


def _country(phone: str) -> str:
    return country_of(phone) or f"+{calling_code_of(phone) or '?'}"

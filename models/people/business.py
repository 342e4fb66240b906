"""A business, the numbers it texts from (each on one channel), and its days.

A business day begins at the day-start hour in the business's time zone. Everything that needs "today" uses
`day_of`.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.addresses import Address, Channel
from models.people.summary_period import Period
from models.storage.database import Base, Json, stored_enum

DAY_START_HOUR = 4
SUMMARY_HOUR = 20
HOURS_WORTH_A_SUMMARY = 8
TEXTS_PER_DAY = 5000
FORGET_AFTER = 90  # days


class Business(Base):
    __tablename__ = "businesses"
    __table_args__ = (CheckConstraint("day_start_hour BETWEEN 0 AND 23", name="day_start_hour"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    timezone: Mapped[str] = mapped_column(String(60))
    day_start_hour: Mapped[int] = mapped_column(default=DAY_START_HOUR)
    language: Mapped[str] = mapped_column(String(8), default="en")
    carrier_answers_help: Mapped[bool] = mapped_column(default=True)
    summary_hour: Mapped[int] = mapped_column(default=SUMMARY_HOUR, server_default=str(SUMMARY_HOUR))
    own_words_count: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # models/people/custom_wording.py
    # The last day, and the Monday of the last week, whose summary was sent or was not worth sending.
    summarized_day: Mapped[date | None]
    summarized_week: Mapped[date | None]
    forget_after_days: Mapped[int] = mapped_column(default=FORGET_AFTER, server_default=str(FORGET_AFTER))
    texts_per_day: Mapped[int] = mapped_column(default=TEXTS_PER_DAY, server_default=str(TEXTS_PER_DAY))
    # What the manager pays: {"currency": "USD", "sms": "0.0083", …}; models/statistics/costs.py reads it.
    text_prices: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]

    numbers: Mapped[list["OurNumber"]] = relationship(
        primaryjoin="and_(OurNumber.business_id == Business.id, OurNumber.retired_at.is_(None))",
        back_populates="business",
        order_by="OurNumber.id",
    )

    @property
    def sms_number(self) -> "OurNumber | None":
        """The number for texts to somebody who has not written to us first."""
        return next((number for number in self.numbers if number.channel == Channel.SMS), None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def day_of(self, moment: datetime) -> date:
        """The business day a moment belongs to, correct across changes of daylight saving time."""
        day = moment.astimezone(self.zone).date()
        return day if self.start_of(day) <= moment else day - timedelta(days=1)

    def start_of(self, day: date) -> datetime:
        """The moment a business day begins; if a clock change skips that hour, just after the gap."""
        return datetime.combine(day, time(self.day_start_hour), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        return self.start_of(day + timedelta(days=1))

    def summary_at(self, first: date, period: Period = Period.DAY) -> datetime:
        """When a summary is due: at the first summary hour with at least eight hours of the day over.

        So 20 is the evening of the day itself and 8 the morning after, for a day that starts at 4. A week
        (named by its Monday) is due when its Sunday is, and not before the Monday after.
        """
        days_over = self._summary_at(period.days(first)[-1])
        if period == Period.DAY:
            return days_over
        return max(days_over, self._at_summary_hour(first + period.length))

    def last_summary(self, period: Period, now: datetime) -> date:
        """The first day of the last day or week whose summary is due."""
        first = period.first_of(self.day_of(now))
        while self.summary_at(first, period) > now:
            first -= period.length
        return first

    def _summary_at(self, day: date) -> datetime:
        days = 0 if self.summary_hour >= self.day_start_hour else 1
        if (self.summary_hour - self.day_start_hour) % 24 < HOURS_WORTH_A_SUMMARY:
            days += 1
        return self._at_summary_hour(day + timedelta(days))

    def _at_summary_hour(self, day: date) -> datetime:
        return datetime.combine(day, time(self.summary_hour), self.zone).astimezone(UTC)


class OurNumber(Base):
    """A number of the business on one channel: customers text it, and their texts come from it."""

    __tablename__ = "our_numbers"
    __table_args__ = (UniqueConstraint("channel", "phone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    channel: Mapped[Channel] = mapped_column(
        stored_enum(Channel), default=Channel.SMS, server_default=Channel.SMS.value
    )
    phone: Mapped[str] = mapped_column(String(64))  # E.164; on RCS the id of the sender, which has no number
    retired_at: Mapped[datetime | None]  # taken away: texts to it are refused, its history stays
    # No text before this moment: on the row, so that all clocks share the carrier's rate limit.
    next_text_after: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")  # calls in a row that sent nothing
    unanswered: Mapped[int] = mapped_column(default=0, server_default="0")  # … and with no answer at all
    # Held: only an occasional probe leaves, until our account is repaired or the day's limit is over.
    held_at: Mapped[datetime | None]
    held_kind: Mapped[str | None] = mapped_column(String(20))
    held_reason: Mapped[str | None] = mapped_column(String(200))
    held_by_report: Mapped[bool] = mapped_column(default=False, server_default=false())
    probe_after: Mapped[datetime | None]
    probes: Mapped[int] = mapped_column(default=0, server_default="0")
    # An error that may be about some phones only, and the recipients who met it in a row.
    suspected_code: Mapped[int | None]
    suspected_phones: Mapped[str | None] = mapped_column(String(200))
    suspected_by_report: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Texts that reached it before this moment have been compared with the carrier's list.
    read_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    business: Mapped[Business] = relationship(back_populates="numbers")

    @property
    def address(self) -> Address:
        return Address(self.channel, self.phone)

    @property
    def home_phone(self) -> str:
        """The phone whose country is ours. An RCS sender has none: then that of another number."""
        if self.channel != Channel.RCS:
            return self.phone
        others = (number.phone for number in self.business.numbers if number.channel != Channel.RCS)
        return next(others, self.phone)

    @classmethod
    def at(cls, session: Session, address: Address) -> "OurNumber | None":
        """Ours at this address, unless it was taken away."""
        return session.scalar(
            select(cls).where(
                cls.channel == address.channel, cls.phone == address.phone, cls.retired_at.is_(None)
            )
        )

    @classmethod
    def by_phone(cls, session: Session, phone: str) -> "OurNumber | None":
        """Ours for SMS."""
        return cls.at(session, Address(Channel.SMS, phone))

"""What time it is, for jobs that wait for the network and so ask it more than once; tests hand in a clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)

"""What texts cost: what is billed on each channel, by the prices that a manager has given.

The carrier's reports bring no price: this is a sum of ours, and no bill. Texts that came in are not counted.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from models.people.addresses import Channel
from models.people.business import Business
from models.statistics.channels import ChannelUse

CURRENCY = "currency"


class Prices(NamedTuple):
    currency: str  # ISO 4217
    of: Mapping[Channel, Decimal]  # a segment of SMS, a message of any other; channels without a price lack


def prices_of(business: Business) -> Prices | None:
    """None if the manager has given none."""
    stored = business.text_prices or {}
    given = {channel: Decimal(stored[channel.value]) for channel in Channel if channel.value in stored}
    return Prices(stored[CURRENCY], given) if given else None


def set_prices(business: Business, currency: str, prices: Mapping[Channel, Decimal]) -> None:
    """None at all: what is billed is told in segments and messages again."""
    given = {channel.value: format(price, "f") for channel, price in prices.items()}
    business.text_prices = {CURRENCY: currency} | given if given else None


def costs(use: Mapping[Channel, ChannelUse], prices: Prices) -> dict[Channel, Decimal]:
    """By channel, of those that have a price."""
    return {
        channel: prices.of[channel] * each.billed for channel, each in use.items() if channel in prices.of
    }

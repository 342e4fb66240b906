"""What came in and what became of it: a text as the carrier gives it, and the answer it got."""

from dataclasses import dataclass
from typing import NamedTuple

from models.people.addresses import Address, Channel

LONGEST_BODY = 1600  # the carrier's own limit; more is not a text


@dataclass(frozen=True)
class IncomingText:
    sid: str
    our_number_id: int
    sender: str
    body: str
    opt_out_type: str | None = None
    """STOP, START or HELP, where the carrier took it for one of its own words."""
    request_id: str | None = None

    def __post_init__(self) -> None:
        if len(self.body) > LONGEST_BODY:
            object.__setattr__(self, "body", self.body[:LONGEST_BODY])


class UnroutedText(NamedTuple):
    """A text of which nobody has looked yet whether it is to a number of ours."""

    sid: str
    to: str
    sender: str
    body: str
    opt_out_type: str | None = None
    request_id: str | None = None
    channel: Channel = Channel.SMS

    @property
    def our_address(self) -> Address:
        return Address(self.channel, self.to)

    def routed_to(self, our_number_id: int) -> IncomingText:
        about = (self.sender, self.body, self.opt_out_type, self.request_id)
        return IncomingText(self.sid, our_number_id, *about)


class HandledText(NamedTuple):
    reply: str | None
    reply_kind: str | None
    is_new: bool
    ticket_id: int | None = None
    """The number taken together with others."""

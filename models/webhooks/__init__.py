"""Webhooks that go out: what happens to tickets and queues is told to other programs of the business.

Its outbox is filled from the event log, and emptied by the clock; whoever joins or presses writes nothing for
it. May import `models.queueing` and below. (What the carrier calls here is the entry point `webhooks/`.)
"""

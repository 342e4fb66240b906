"""Inbound and outbound texts (the outbox), the carrier's error codes, the daily allowance, pretend phones.

May import `models.people` and below. Nothing here decides what a text says, or whether it is still true.
"""

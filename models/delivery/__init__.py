"""The way of a text out of the outbox: claiming, outcomes, delivery reports, settlement, circuit breaker.

May import `models.queueing` and below, and is not imported by them. Makes no network call: `jobs/outbox`
calls the carrier.
"""

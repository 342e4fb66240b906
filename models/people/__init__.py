"""Businesses with their numbers, servicers, customers and their phones; accounts, sessions and audit log.

May import `models.storage` only. Nothing here knows queues, tickets, or the outbox of texts.
"""

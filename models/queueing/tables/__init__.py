"""Queues, tickets and events as they are stored: columns, relations, locks, and the one way to change each.

Imports no other part of `models/queueing/`.
"""

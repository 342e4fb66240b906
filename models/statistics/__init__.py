"""Figures of days, months and spans computed from events, and the daily and weekly summaries.

May import `models.queueing` and below. Reads events and changes only its own rows, which can be rebuilt at
any time.
"""

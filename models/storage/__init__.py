"""The database: engine, transactions, write lock, group commit, rate limits, and dumps for backups.

The lowest package of `models`: imports no other one. Nothing here knows businesses, queues or texts.
"""

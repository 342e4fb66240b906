"""Past tickets as CSV files: import, export, and the score of the wait estimator on them.

May import `models.statistics`, `models.delivery` and below. Touches no live ticket.
"""

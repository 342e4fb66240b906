"""Commands that print figures: `flask stats`, `flask summary` and `flask waits`.

The figures come from `models.statistics` and `models.history`; only their presentation is here.
"""

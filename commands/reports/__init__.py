"""Commands that print figures: `flask stats`, `flask summary`, `flask waits`, `flask whatif`.

The figures come from `models.statistics` and `models.history`; only their presentation is here.
"""

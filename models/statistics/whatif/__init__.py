"""A past day as it would have been with other servicers: its events, replayed through a model of the counter.

Pure, except for `days.py`, which reads. Moments are whole microseconds since the day began. docs/whatif.md
says what the model takes for granted.
"""

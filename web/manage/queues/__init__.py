"""The manager's pages of a queue: its settings, keywords, hours and desks.

What a queue's channels, screens and alarms are set by is in the rooms beside this one, which import it.
"""

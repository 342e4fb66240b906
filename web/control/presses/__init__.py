"""A press of a button: read from the form, run once under the queue's lock, answered in words.

Calls operations of `models.queueing`; the rules are there.
"""

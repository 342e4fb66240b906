"""Forgetting customers, rotating the phone keys, and making a restored database harmless.

The highest package of `models`: may import all others, and is imported by none of them.
"""

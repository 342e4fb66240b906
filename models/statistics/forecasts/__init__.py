"""Tallies of days by quarter hour, and what they say of today: when it is quiet, and until when to join."""

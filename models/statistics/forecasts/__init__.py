"""Tallies of days by quarter hour, and what they say: when it is quiet today, how many will come tomorrow."""

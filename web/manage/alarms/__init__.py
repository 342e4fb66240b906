"""A manager's page of what they want to be told of while it can still be helped.

Shows and stores choices; the clock looks for what is wrong, and tells it.
"""

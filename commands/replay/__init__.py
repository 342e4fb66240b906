"""`flask replay`: plays a recorded day through the webhook and the pages of a running installation.

Uses HTTP for everything that happens, and `models` only to prepare the queue and to compare the result.
"""

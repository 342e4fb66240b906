"""The wait estimator: how long until a ticket is called, learned from a queue's events in order of time.

Use it as `models.waiting.WaitEstimator`. Standard library only: no database, no reading of the time, no
threads. Imports no other package of `models`.
"""

from models.waiting.estimator import WaitEstimator

__all__ = ["WaitEstimator"]

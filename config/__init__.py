"""The settings of an installation, its secrets, logging, and the lifetime of processes.

Below everything: imports no other package of the repository. Only `settings.py` and its helpers read settings
from the environment.
"""

"""The operator's `flask` commands, and the scripts that `make` runs.

May import `jobs`, `bot`, `models`, `config` and `security`; not `web` or `webhooks`. Keep this file free of
imports: `make` imports the package with a Python that has no third-party libraries.
"""

"""The container files: a test holds them to the settings, `python -m tests.containers` runs their steps."""

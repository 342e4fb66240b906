"""Stays empty: `make` imports this package with a Python that has nothing installed."""

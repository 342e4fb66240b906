"""The blueprints for monitoring, which application.py registers."""

from web.operations import health

BLUEPRINTS = (health.blueprint,)

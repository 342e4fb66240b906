"""The blueprints for monitoring, which app.py registers."""

from web.operations import health

BLUEPRINTS = (health.blueprint,)

"""The blueprints for monitoring, which web/application.py registers."""

from web.operations import health

BLUEPRINTS = (health.blueprint,)

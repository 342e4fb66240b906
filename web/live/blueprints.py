"""The blueprint of live updates, which web/application.py registers."""

from web.live import events

BLUEPRINTS = (events.blueprint,)

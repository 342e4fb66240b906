"""The blueprint of live updates, which application.py registers."""

from web.live import events

BLUEPRINTS = (events.blueprint,)

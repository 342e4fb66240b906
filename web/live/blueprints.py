"""The blueprint of live updates, which app.py registers."""

from web.live import events

BLUEPRINTS = (events.blueprint,)

"""The blueprint of the pretend phones, which app.py registers."""

from web.phones import views

BLUEPRINTS = (views.blueprint,)

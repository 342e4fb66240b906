"""The blueprint of the pretend phones, which web/application.py registers."""

from web.phones import views

BLUEPRINTS = (views.blueprint,)

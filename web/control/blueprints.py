"""The blueprint of the servicer's pages, which app.py registers."""

from web.control import views

BLUEPRINTS = (views.blueprint,)

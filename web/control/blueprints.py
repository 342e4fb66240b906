"""The blueprint of the servicer's pages, which web/application.py registers."""

from web.control import views

BLUEPRINTS = (views.blueprint,)

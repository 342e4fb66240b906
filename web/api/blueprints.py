"""The API as web/application.py registers it: the blueprint with all its views."""

from web.api import asking, joining, reports, serving
from web.api.blueprint import blueprint

PARTS = (asking, joining, reports, serving)  # importing them is what adds their views
BLUEPRINTS = (blueprint,)

"""The blueprint of the API. Every request brings a key in its Authorization header; no view runs without."""

from flask import Blueprint

from web.api.bearer import authenticate
from web.api.limits import require_room

blueprint = Blueprint("api", __name__, url_prefix="/api/v1/queues/<keyword>")


@blueprint.before_request
def begin() -> None:
    authenticate()
    require_room()

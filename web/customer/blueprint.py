"""The blueprint of the customer's pages. Nobody signs in: whoever has a ticket's address may use its page."""

from flask import Blueprint, Response, request

blueprint = Blueprint("customer", __name__)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep the secret address of a ticket's page away from other sites and search engines."""
    response.headers["Cache-Control"] = "no-store"
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response

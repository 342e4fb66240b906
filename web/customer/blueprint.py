"""The blueprint of the customer's pages. Nobody signs in: whoever has a ticket's address may use its page."""

from flask import Blueprint, Response, request

from web.http.headers import keep_address_secret

blueprint = Blueprint("customer", __name__)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep the secret address of a ticket's page away from other sites and search engines."""
    response.headers["Cache-Control"] = "no-store"
    return keep_address_secret(response) if "token" in (request.view_args or {}) else response

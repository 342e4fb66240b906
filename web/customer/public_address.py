"""The address of a queue's page as other sites, posters and codes give it: with the installation's host."""

from typing import Any

from flask import current_app, url_for

from web.customer.queue_page import PublicQueue


def public_address(page: PublicQueue, **brought: Any) -> str:
    """`brought` stands in its query: a door code, and what proves it."""
    site: str = current_app.config["SETTINGS"].public_url
    return site + url_for("customer.queue", keyword=page.address, **brought)

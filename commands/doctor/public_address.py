"""For `flask doctor`: asks our own pages by PUBLIC_URL, as customers do, and whether PROXIES is right."""

import requests

from config.settings import Settings

SECONDS = 5.0


def public_address_problem(settings: Settings) -> str | None:
    """What is wrong on the way from PUBLIC_URL to the web process; None if nothing is. Raises NotAsked."""
    try:
        answer = requests.get(f"{settings.public_url}/readyz/web", timeout=SECONDS, allow_redirects=False)
        forwarded = answer.json()["forwarded"]
    except (requests.ConnectionError, requests.Timeout) as trouble:
        raise NotAsked(type(trouble).__name__) from None
    except (requests.RequestException, ValueError, LookupError, TypeError):
        return "leads to something else, or to an older version of this program."
    if settings.proxies and not forwarded:
        return (
            f"PROXIES is {settings.proxies}, but no X-Forwarded-For arrives: limits by address count all "
            "visitors as one. Have the proxy send it (see deploy/), or set PROXIES=0 if there is no proxy."
        )
    if forwarded and not settings.proxies:
        return (
            "a proxy sends X-Forwarded-For, but PROXIES is 0: limits by address count all visitors as one. "
            "Set PROXIES to the number of proxies."
        )
    return None


class NotAsked(Exception):
    """Nobody answers there, or not from here; the message names the error."""

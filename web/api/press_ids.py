"""The id of a press that a program makes. It names the key, so that the event log tells who did it."""

import secrets

from web.api.bearer import program


def new_press_id() -> str:
    """At most 36 characters, as a press's id has; no page's press looks like it."""
    return f"k{program().key_id}:{secrets.token_hex(12)}"

"""The id of a press that a program makes. It names the key, so that the event log tells who did it."""

import secrets

from web.api.bearer import program


def new_press_id() -> str:
    """At most 36 characters, as a press's id has; no page's press looks like it."""
    return f"{_prefix()}{secrets.token_hex(12)}"


def is_of_key(press_id: str | None) -> bool:
    """Whether the program asked for that press with the key that it has now."""
    return press_id is not None and press_id.startswith(_prefix())


def _prefix() -> str:
    return f"k{program().key_id}:"

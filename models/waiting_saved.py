"""The estimator's parts as plain JSON values, and back. Names that begin with _ are not kept."""

from __future__ import annotations

from typing import Any


def saved(thing: object) -> dict[str, Any]:
    """What a part holds. A dict becomes pairs, since JSON would turn a servicer's id into a string."""
    return {name: _plain(value) for name, value in vars(thing).items() if name[0] != "_"}


def load(into: object, values: dict[str, Any]) -> None:
    """Fill a new part with what was saved. Raises KeyError and TypeError if it was saved otherwise."""
    for name, now in vars(into).items():
        if name[0] == "_":
            continue
        if hasattr(now, "__dict__"):
            load(now, values[name])
        elif isinstance(now, dict):
            setattr(into, name, dict(values[name]))
        else:
            setattr(into, name, _plain(values[name]))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return [[key, each] for key, each in value.items()]
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return saved(value) if hasattr(value, "__dict__") else value

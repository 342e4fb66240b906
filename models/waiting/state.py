"""Serializes the estimator's parts to JSON values and back. Attributes that begin with _ are left out."""

from __future__ import annotations

from typing import Any


def saved(thing: object) -> dict[str, Any]:
    """A part's attributes. A dict becomes a list of pairs, since JSON turns integer keys into strings."""
    return {name: _plain(value) for name, value in vars(thing).items() if name[0] != "_"}


def load(into: object, values: dict[str, Any]) -> None:
    """Fill a new part from saved values. Raises KeyError or TypeError if they do not fit."""
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

"""Reads and checks values of the environment; an error is one line.

Knows no setting of the product: those are in config/settings.py.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

SHORTEST_SECRET = 8


class SettingsError(Exception):
    """One line for the operator: the setting's name, what is wrong with it, and how to mend it."""


class Environment:
    """The environment's values, trimmed; an empty one counts as absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str | None:
        value = self._environ.get(name)
        return (value.strip() or None) if value is not None else None

    def whole(self, name: str, *, default: int, lowest: int, highest: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", text) and lowest <= int(text) <= highest:
            return int(text)
        raise SettingsError(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}.")

    def number(self, name: str, *, default: float, lowest: float, highest: float) -> float:
        text = self.text(name)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) and lowest <= float(text) <= highest:
            return float(text)
        raise SettingsError(f"{name} must be a number from {lowest} to {highest}, not {text!r}.")

    def choice(self, name: str, choices: type[StrEnum], *, default: StrEnum) -> str:
        text = (self.text(name) or default).lower()
        if text in list(choices):
            return text
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {text!r}.")

    def address(self, name: str) -> SplitResult | None:
        """An http(s) address without query; user, password and fragment are removed."""
        text = self.text(name)
        if text is None:
            return None
        parts = split_address(name, text, example="https://queue.example.org")
        if parts.scheme not in ("http", "https") or parts.query or re.search(r"\s", text):
            raise SettingsError(
                f"{name} must be an address such as https://queue.example.org, without a query, not {text!r}."
            )
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")

    def secret(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and len(text) < SHORTEST_SECRET:
            raise SettingsError(
                f"{name} is too short: give at least {SHORTEST_SECRET} characters that nobody can guess."
            )
        return text


def split_address(name: str, text: str, *, example: str) -> SplitResult:
    """The parts of an address with a valid host and port. Errors don't show it: it may hold a password."""
    try:
        parts = urlsplit(text)
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise SettingsError(f"{name} is not an address: write it like {example}.")

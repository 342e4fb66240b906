"""The templates that WhatsApp has approved: what may be sent when the customer's last text is a day old."""

import re
from collections.abc import Mapping

from config.environment import Environment, SettingsError

KINDS = ("your_turn", "reminder", "nearly_up", "called_too_early", "put_back", "on_hold", "brought_back")
SID = re.compile(r"HX[0-9a-fA-F]{32}")


def message_templates(read: Environment) -> Mapping[str, str]:
    """Each kind of text, or kind and language ("your_turn.es"), with its ContentSid."""
    given = [pair.strip() for pair in (read.text("WHATSAPP_TEMPLATES") or "").split(",") if pair.strip()]
    return dict(_pair(pair) for pair in given)


def _pair(pair: str) -> tuple[str, str]:
    name, _, sid = (part.strip() for part in pair.partition("="))
    kind, dot, language = name.partition(".")
    if kind not in KINDS or (dot and not re.fullmatch(r"[a-z]{2}", language)) or not SID.fullmatch(sid):
        raise SettingsError(
            "WHATSAPP_TEMPLATES must be like your_turn=HX…,your_turn.es=HX… (32 hexadecimal digits after HX;"
            f" kinds: {', '.join(KINDS)}), not {pair[:20]!r}."
        )
    return name, sid


def template_for(templates: Mapping[str, str], kind: str, language: str) -> str | None:
    """That of the language, else the one for all."""
    return templates.get(f"{kind}.{language}") or templates.get(kind)

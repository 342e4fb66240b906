"""The carrier's account: Twilio's if its settings are there, else pretend phones."""

from dataclasses import dataclass
from enum import StrEnum

from config.environment import Environment, SettingsError

PRETEND_ACCOUNT_SID = "AC" + "0" * 32


class CarrierName(StrEnum):
    TWILIO = "twilio"
    PRETEND = "pretend"


@dataclass(frozen=True)
class CarrierAccount:
    carrier: CarrierName
    sid: str
    token: str
    api_key: str | None = None
    api_secret: str | None = None
    messaging_service_sid: str | None = None


def carrier_account(read: Environment, pretend_token: str) -> CarrierAccount:
    """Twilio's account if its id is set; an incomplete one is refused, never replaced by pretend phones."""
    sid = read.text("TWILIO_ACCOUNT_SID")
    token, key, secret, service = (
        read.text(name)
        for name in (
            "TWILIO_AUTH_TOKEN",
            "TWILIO_API_KEY",
            "TWILIO_API_SECRET",
            "TWILIO_MESSAGING_SERVICE_SID",
        )
    )
    if sid is None:
        if token or key or secret or service:
            raise SettingsError(
                "TWILIO_ACCOUNT_SID is missing while other TWILIO_ settings are there: "
                "set it too, or take them all away to use pretend phones."
            )
        return CarrierAccount(CarrierName.PRETEND, PRETEND_ACCOUNT_SID, pretend_token)
    if not sid.startswith("AC"):
        raise SettingsError("TWILIO_ACCOUNT_SID must begin with AC: copy it from Twilio's console.")
    if token is None:
        raise SettingsError("TWILIO_AUTH_TOKEN is missing: copy it from Twilio's console.")
    if (key is None) != (secret is None):
        raise SettingsError("TWILIO_API_KEY and TWILIO_API_SECRET go together: set both or neither.")
    if service is not None and not service.startswith("MG"):
        raise SettingsError("TWILIO_MESSAGING_SERVICE_SID must begin with MG, or be left out.")
    public = read.address("PUBLIC_URL")
    if public is None:
        raise SettingsError(
            "PUBLIC_URL is missing: set the address under which Twilio and customers reach this "
            "installation, such as https://queue.example.org."
        )
    if "_" in public.netloc:
        raise SettingsError("PUBLIC_URL must be a host name without underscores: Twilio calls no other.")
    return CarrierAccount(CarrierName.TWILIO, sid, token, key, secret, service)


def shared_keys(read: Environment) -> dict[str, str]:
    """Id and secret of each key that webhooks may be signed with: "ID=SECRET,ID=SECRET"."""
    given = [pair.strip() for pair in (read.text("TWILIO_SHARED_KEYS") or "").split(",") if pair.strip()]
    pairs = [pair.partition("=")[::2] for pair in given]
    if not all(key.strip() and secret.strip() for key, secret in pairs):
        raise SettingsError(
            "TWILIO_SHARED_KEYS must be the ids and secrets of Twilio's shared keys, as ID=SECRET, separated "
            "by commas."
        )
    return {key.strip(): secret.strip() for key, secret in pairs}

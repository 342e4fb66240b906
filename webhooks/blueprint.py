"""The blueprint of both webhooks, behind one signature check. Contains no queue rule."""

from flask import Blueprint

from config.settings import Settings
from webhooks import sms, status
from webhooks.signature import refuse_forgeries


def webhooks_blueprint(settings: Settings) -> Blueprint:
    """`POST /webhooks/sms` and `/webhooks/status`; only requests signed for our account get through."""
    blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    blueprint.before_request(refuse_forgeries(settings))
    blueprint.add_url_rule("/sms", "sms", sms.receive_text, methods=["POST"])
    blueprint.add_url_rule("/status", "status", status.receive_report, methods=["POST"])
    return blueprint

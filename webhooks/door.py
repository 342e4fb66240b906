"""The carrier's door: both webhooks behind one signature check. Knows no rule of the queue."""

from flask import Blueprint

from config import Settings
from webhooks import sms, status
from webhooks.signature import refuse_forgeries


def carriers_door(settings: Settings) -> Blueprint:
    """`POST /webhooks/sms` and `/webhooks/status`, for whom our carrier account signed only."""
    door = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    door.before_request(refuse_forgeries(settings))
    door.add_url_rule("/sms", "sms", sms.receive_text, methods=["POST"])
    door.add_url_rule("/status", "status", status.receive_report, methods=["POST"])
    return door

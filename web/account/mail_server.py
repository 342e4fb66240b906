"""Whether mails leave this installation: without MAIL_URL they are files on the server, and pages say so."""

from flask import current_app
from flask_babel import gettext as _


def are_mailed() -> bool:
    return current_app.config["SETTINGS"].mail is not None


def link_notice(email: str, mailed: str) -> tuple[str, str]:
    """What to say of a link just queued for this address, and how: `mailed` where it does leave."""
    if are_mailed():
        return mailed, "ok"
    words = _(
        "No email was sent, because there's no mail server here. The link for %(email)s is in a file "
        "on the server, in DATA_DIR/mail. Ask whoever runs the server for it.",
        email=email,
    )
    return words, "warning"

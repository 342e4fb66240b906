"""Sets up logging: one line per message on standard error, with phone numbers masked.

Web processes, the clock and commands call `set_up` once. Modules get their logger from structlog; libraries
that use the standard library's logging come out in the same format.
"""

import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from structlog.typing import EventDict, WrappedLogger

# At "info" these log every request they make, some with phone numbers in addresses.
TALKATIVE = ("alembic", "apscheduler", "sqlalchemy", "twilio", "urllib3", "werkzeug")

# Also what would colour, move or clear the terminal of whoever reads the log.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PHONE_NUMBER = re.compile(r"(\+|%2B)\d{5,13}(\d\d)\b", re.IGNORECASE)


def set_up(level: str, *, request_id: Callable[[], str | None] = lambda: None) -> None:
    """Send every line of `level` (settings.LogLevel) and above to standard error.

    `request_id` returns the id of the current request or job, which is added to each of its lines.
    """

    def name_request(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        current = request_id()
        return {"request": current, **event} if current else event

    first: list[structlog.typing.Processor] = [
        name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _add_time,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *first,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _one_line],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # gunicorn has a handler of its own until then.
    server = logging.getLogger("gunicorn.error")
    server.handlers, server.propagate = [], True


def _add_time(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    event["at"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def _one_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """`2026-11-22T19:26:55Z info text accepted ticket=12 kind='your turn'`; control signs are escaped."""
    words = [str(event.pop("at", "")), str(event.pop("level", "")), str(event.pop("event", ""))]
    words += [f"{key}={_value(value)}" for key, value in event.items()]
    line = _CONTROL.sub(lambda sign: sign[0].encode("unicode_escape").decode(), " ".join(words))
    return _PHONE_NUMBER.sub(r"\1…\2", line)


def _value(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text) if re.search(r"[\s=\"']", text) or not text else text

"""Posts one message, signed by the Standard Webhooks scheme, and says what came of it. Raises nothing."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from standardwebhooks import Webhook

from jobs.webhooks.connections import Deadline, NotPublic, connection_to
from models.webhooks.addresses import is_allowed, split, url_problem
from models.webhooks.deliveries import Problem
from models.webhooks.sending import Claim, Outcome

LIMIT_SECONDS = 10.0
READ_AT_MOST = 2048  # bytes of the answer


def post(claim: Claim, now: datetime, *, allowed: Collection[str], seconds: float = LIMIT_SECONDS) -> Outcome:
    """The whole takes at most so many seconds, whatever the other side does."""
    parts = split(claim.url)
    if parts is None or url_problem(claim.url, allowed) is not None:
        return Outcome(problem=Problem.NOT_ALLOWED)
    if not claim.secrets:
        return Outcome(problem=Problem.NO_SECRET)
    try:
        deadline = Deadline(seconds)
        connection = connection_to(parts, deadline, inner_too=is_allowed(parts, allowed))
        with _closed_after(connection, deadline):
            connection.connect()
            connection.sock.settimeout(deadline.left)
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", path, claim.body.encode(), headers(claim, now))
            answer = connection.getresponse()
            return Outcome(status=answer.status, answer=_beginning(answer))
    except NotPublic:
        return Outcome(problem=Problem.NOT_PUBLIC)
    except ssl.SSLCertVerificationError:
        return Outcome(problem=Problem.NOT_TRUSTED)
    except TimeoutError:
        return Outcome(problem=Problem.NO_ANSWER)
    except socket.gaierror:
        return Outcome(problem=Problem.NO_SUCH_HOST)
    except ConnectionError:
        return Outcome(problem=Problem.NOT_REACHED)
    except (http.client.HTTPException, ValueError):
        return Outcome(problem=Problem.NOT_HTTP)
    except OSError:
        return Outcome(problem=Problem.NOT_REACHED)


def headers(claim: Claim, now: datetime) -> dict[str, str]:
    """With a signature for each secret that is good, the newest first."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "TakeANumber-Webhooks/1",
        "Connection": "close",
        "webhook-id": claim.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signatures(claim.secrets, claim.message_id, now, claim.body),
    }


def signatures(secrets: Sequence[str], message_id: str, now: datetime, body: str) -> str:
    return " ".join(Webhook(secret).sign(message_id, now, body) for secret in secrets)


@contextmanager
def _closed_after(connection: http.client.HTTPConnection, deadline: Deadline) -> Iterator[None]:
    """Shut at the deadline: a time-out of a socket limits each read, not a server that sends single bytes."""
    is_late = threading.Event()

    def shut() -> None:
        is_late.set()
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(deadline.left, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if is_late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        connection.close()


def _beginning(answer: http.client.HTTPResponse) -> str:
    """On one line, without what can't be printed; "" if it breaks off: the status is what counts."""
    try:
        read = answer.read(READ_AT_MOST)
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    words = read.decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())

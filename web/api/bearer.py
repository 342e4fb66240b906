"""Who asks: the key in the Authorization header, and nowhere else. It is looked up at every request, so that
a revoked one is refused at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from flask import g, request

from models.people.business import Business
from models.people.programs.api_keys import USE_WRITTEN_EVERY, ApiKey, Scope, key_in_use, record_use
from models.storage.database import reading, transaction
from web.api.limits import WRONG_KEYS, too_often
from web.http.client_address import client_address
from web.http.language import use_language
from web.http.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")

REALM = 'Bearer realm="Take A Number"'
CLOCKS_DIFFER = timedelta(minutes=5)


class Program(NamedTuple):
    """Who asks: a copy of the key's row, never one that could be changed."""

    key_id: int
    business_id: int
    queue_id: int | None  # None: all queues of the business
    prefix: str
    scopes: frozenset[Scope]

    @property
    def sees_people(self) -> bool:
        return Scope.PEOPLE in self.scopes

    @property
    def subject(self) -> str:
        """For limits that are counted in the database."""
        return f"key {self.key_id}"


def authenticate() -> None:
    """Sets g.program. Raises the Problem 401, or 429 for an address with many wrong keys."""
    given, now = _bearer(), datetime.now(UTC)
    with reading() as session:
        key = key_in_use(session, given) if given else None
        business = session.get_one(Business, key.business_id) if key else None
    if key is None or business is None:
        raise (
            _wrong_key()
            if given
            else _no_key("no_key", "Send the key as the header Authorization: Bearer KEY.")
        )
    use_language(own="en", zone=business.timezone)
    _record_use(key, now)
    scopes = frozenset(Scope(scope) for scope in key.scopes.split())
    g.program = Program(key.id, key.business_id, key.queue_id, key.prefix, scopes)


def program() -> Program:
    found: Program = g.program
    return found


def needs(*any_of: Scope) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A view for keys with one of these scopes."""

    def of_view(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            if not program().scopes & set(any_of):
                raise _no_scope(any_of)
            return view(*args, **kwargs)

        return checked

    return of_view


def _bearer() -> str | None:
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else None


def _wrong_key() -> Problem:
    """A right key is good all the same: a program with an old one may stand in the same shop."""
    address = client_address()
    if WRONG_KEYS.is_used_up(address):
        return too_often("too_many_wrong_keys", "Too many wrong keys came from your address.")
    WRONG_KEYS.count(address)
    return _no_key("wrong_key", "No such key is in use.", ', error="invalid_token"')


def _no_key(code: str, words: str, error: str = "") -> Problem:
    return Problem(401, code, words, headers={"WWW-Authenticate": f"{REALM}{error}"})


def _no_scope(any_of: tuple[Scope, ...]) -> Problem:
    scopes = " or ".join(any_of)
    header = f'{REALM}, error="insufficient_scope", scope="{" ".join(any_of)}"'
    return Problem(403, "scope", f"This key lacks the scope {scopes}.", headers={"WWW-Authenticate": header})


def _record_use(key: ApiKey, now: datetime) -> None:
    """At most once an hour."""
    is_fresh = key.used_at is not None and now - USE_WRITTEN_EVERY < key.used_at < now + CLOCKS_DIFFER
    if not is_fresh:
        transaction(lambda session: record_use(session, key.id, now))

"""Phone numbers: E.164, masked for people, and in the database only as ciphertext and keyed hash.

The one file of the domain that uses libraries other than SQLAlchemy: cryptography and phonenumbers.
The keys are set once per process by `use_keys`. Nothing here logs or stores anything.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from functools import lru_cache

import phonenumbers
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.storage.keyed_hash import use_hash_key

# Nine digits or more, whatever stands between them.
LOOKS_LIKE_A_PHONE = re.compile(r"[+＋]?[0-9](?:[\s().\-/]{0,2}[0-9]){8,}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneKeys:
    """The first of `keys` encrypts, all decrypt. `hash_key` is separate, so that `keys` can be rotated."""

    def __init__(self, keys: Sequence[str], hash_key: str) -> None:
        self._first = Fernet(_fernet_key(keys[0]))
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])
        self.hash_key = hash_key
        self._hash_key = hash_key.encode()

    def is_newest(self, ciphertext: bytes) -> bool:
        """Whether it was encrypted with the first key."""
        try:
            self._first.decrypt(ciphertext)
        except InvalidToken:
            return False
        return True

    def encrypt(self, phone: str) -> bytes:
        return self._fernet.encrypt(phone.encode())

    def decrypt(self, ciphertext: bytes) -> str | None:
        """The number, or None if none of our keys decrypts it."""
        try:
            return self._fernet.decrypt(ciphertext).decode()
        except InvalidToken:
            return None

    def hash(self, phone: str) -> str:
        return hmac.digest(self._hash_key, phone.encode(), "sha256").hex()


def _fernet_key(text: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"take-a-number phone key:" + text.encode()).digest())


_keys: PhoneKeys | None = None


def use_keys(keys: PhoneKeys) -> None:
    global _keys
    _keys = keys
    use_hash_key(keys.hash_key)


def phone_keys() -> PhoneKeys:
    if _keys is None:
        raise RuntimeError("models.people.phone_numbers.use_keys(keys) was not called")
    return _keys


def is_e164(text: str) -> bool:
    """Whether this can be a phone number; a carrier may also send a short code or an alphanumeric sender."""
    return E164.fullmatch(text) is not None


def normal_phone(text: str, our_number: str) -> str | None:
    """A typed number as E.164, read as in the country of our own number; None if it is no phone number."""
    compact = re.sub(r"[\s().\-/]", "", text)
    if is_e164(compact):
        return compact
    try:
        code = phonenumbers.parse(our_number).country_code
        region = phonenumbers.region_code_for_country_code(code or 0)
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def country_of(phone: str) -> str | None:
    """ISO country of a number ("PT"), or None if the numbering plan does not say (such as +1 555 …)."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None


def calling_code_of(phone: str) -> int | None:
    try:
        return phonenumbers.parse(phone).country_code
    except phonenumbers.NumberParseException:
        return None


def is_allowed(phone: str, our_number: str, allowed_countries: Collection[str]) -> bool:
    """Whether the allow-list of countries permits this phone; an empty list means our own number's country.

    If a number has no known country, its calling code decides.
    """
    allowed, codes = _allowed(our_number, frozenset(allowed_countries))
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return False
    country = phonenumbers.region_code_for_number(parsed)
    if country is not None and allowed:
        return country in allowed
    return parsed.country_code in codes


@lru_cache(maxsize=256)
def _allowed(our_number: str, allowed_countries: frozenset[str]) -> tuple[frozenset[str], frozenset[int]]:
    """The countries and calling codes that may text this number of ours."""
    home = country_of(our_number)
    allowed = allowed_countries or frozenset({home} if home else ())
    codes = frozenset(phonenumbers.country_code_for_region(region) for region in allowed) - {0}
    return allowed, codes or frozenset({calling_code_of(our_number) or 0})


def without_phones(text: str) -> str:
    """The text with everything that looks like a phone number masked, so that it may be stored."""
    return LOOKS_LIKE_A_PHONE.sub(lambda found: masked(re.sub(r"[^0-9]", "", found.group())), text)


def masked(phone: str | None) -> str:
    """A number as pages and logs show it: its last two digits."""
    return "no phone" if not phone else f"…{phone[-2:]}"

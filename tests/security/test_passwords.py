"""Passwords are kept as argon2 hashes, checked in equal time, and refused when too short."""

import runpy

import pytest
from argon2 import PasswordHasher

from security import passwords
from security.passwords import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    InvalidPassword,
    hash_password,
    is_password,
)


def test_a_password_is_right_for_its_own_hash_only() -> None:
    kept = hash_password("correct horse")
    assert kept.startswith("$argon2id$")
    assert "correct" not in kept
    assert is_password("correct horse", kept)
    assert not is_password("correct horsf", kept)


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


@pytest.mark.parametrize("length", [0, SHORTEST_PASSWORD - 1, LONGEST_PASSWORD + 1])
def test_a_password_too_short_or_too_long_is_refused_in_one_line(length: int) -> None:
    with pytest.raises(InvalidPassword, match=r"^The password is too \w+: give at \w+ \d+ characters\.$"):
        hash_password("x" * length)


def test_an_accent_may_be_typed_as_one_character_or_as_two() -> None:
    assert is_password("cafe\u0301 for two", hash_password("caf\u00e9 for two"))


@pytest.mark.parametrize("kept", [None, "", "!", "not a hash"])
def test_without_a_usable_hash_no_password_is_right(kept: str | None) -> None:
    assert not is_password("nobody's password", kept)


def test_a_password_beyond_the_longest_is_not_even_tried() -> None:
    assert not is_password("x" * 10_000_000, hash_password("x" * LONGEST_PASSWORD))


@pytest.mark.parametrize("kept", [None, "", "!", "of somebody else"])
def test_a_hash_of_no_password_takes_as_long_as_a_wrong_password(
    kept: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []

    class Recording(PasswordHasher):
        def verify(self, given: str | bytes, password: str | bytes) -> bool:
            right = super().verify(given, password)  # raises where it is no hash
            checked.append(given)
            return right

    monkeypatch.setattr(passwords, "_HASHER", Recording(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(passwords, "_DUMMY_HASH", passwords._HASHER.hash("some password"))
    assert not passwords.is_password("some password", kept)
    assert len(checked) == 1


def test_the_hash_of_no_password_is_made_as_those_of_passwords_are() -> None:
    in_use = runpy.run_path(passwords.__file__)  # the tests' own hashes are quicker to make
    assert not in_use["_HASHER"].check_needs_rehash(in_use["_DUMMY_HASH"])

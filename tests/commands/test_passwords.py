"""Passwords are kept as argon2 hashes, checked in equal time, and refused when too short."""

import pytest

from passwords import LONGEST, SHORTEST, UnfitPassword, hash_password, is_right_password


def test_a_password_is_right_for_its_own_hash_only() -> None:
    kept = hash_password("correct horse")
    assert kept.startswith("$argon2id$")
    assert "correct" not in kept
    assert is_right_password(kept, "correct horse")
    assert not is_right_password(kept, "correct horsf")


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


@pytest.mark.parametrize("length", [0, SHORTEST - 1, LONGEST + 1])
def test_a_password_too_short_or_too_long_is_refused_in_one_line(length: int) -> None:
    with pytest.raises(UnfitPassword, match=r"^The password is too \w+: give at \w+ \d+ characters\.$"):
        hash_password("x" * length)


def test_an_accent_may_be_typed_as_one_character_or_as_two() -> None:
    assert is_right_password(hash_password("caf\u00e9 for two"), "cafe\u0301 for two")


@pytest.mark.parametrize("kept", [None, "", "!", "not a hash"])
def test_without_a_usable_hash_no_password_is_right(kept: str | None) -> None:
    assert not is_right_password(kept, "nobody's password")


def test_a_password_beyond_the_longest_is_not_even_tried() -> None:
    assert not is_right_password(hash_password("x" * LONGEST), "x" * 10_000_000)

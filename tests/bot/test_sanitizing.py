"""Whatever is typed as a name stands on one line, can be seen, and leaves the words around it alone."""

import pytest

from bot.sanitizing import sanitized
from bot.understanding import understand

NAMES = [
    "Ana",
    "Zoë",
    "Nguyễn Thị Ánh",
    "محمد",
    "שָׁלוֹם",
    "สมชาย ทดสอบ",
    "王小明",
    "O'Brien",
    "अनन्या",
    "👩‍👩‍👧",
    "می‌خواهم",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_writing_stay_as_they_are(name: str) -> None:
    assert sanitized(name) == name


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ana\r\nBcc: x@example.com", "Ana Bcc: x@example.com"),
        ("\u202egnp.exe\u2066Ana\u2069", "gnp.exeAna"),
        ("A\u200bn\u00ada\ufeff", "Ana"),
        ("Z" + "\u0301" * 1000 + "o\u0488\u0489e", "Z\u0301\u0301\u0301o\u0488\u0489e"),
        ("\u0301\u0489Ana", "Ana"),
        ("\u3164\u115f\u2800\u034f\x00\ud800", ""),
        ("Tea\u2028please\t now", "Tea please now"),
    ],
)
def test_what_would_turn_climb_or_hide_is_left_out(typed: str, shown: str) -> None:
    assert sanitized(typed) == shown


def test_a_name_by_text_is_fit_to_show() -> None:
    intent = understand("CET236 \u202eZ" + "\u0363" * 500 + "oe \u3164", ["CET236"])
    assert intent.name == "Z\u0363\u0363\u0363oe"


@pytest.mark.parametrize("name", ["नेहा", "प्रिया शर्मा", "ਗੁਰਪ੍ਰੀਤ", "กิตติ", "សុខា", "மோகன்", "മായ", "i̇stanbul"])
def test_a_name_whose_vowels_are_marks_is_one_name(name: str) -> None:
    for text, party in ((f"CET236 {name}", None), (f"CET236 {name} 4", 4)):
        intent = understand(text, ["CET236"])
        assert (intent.meaning, intent.name, intent.party) == ("join", name, party)

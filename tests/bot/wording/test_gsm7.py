"""What texts cost: letters of the alphabet of texts, and segments as the carrier bills them."""

import pytest
from hypothesis import given, strategies as st

from bot.wording.gsm7 import (
    GSM_BASIC,
    GSM_EXTENSION,
    GSM_TEXT,
    beyond_gsm,
    segments,
    to_gsm,
    with_code,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ana", "Ana"),
        ("João Gonçalves", "Joao Goncalves"),
        ("Zoë", "Zoe"),
        ("É à ñ ü ß Ø", "É à ñ ü ß Ø"),  # in the alphabet as they are
        ("E\u0301", "É"),
        ("“It’s” – ‘fine’…", "\"It's\" - 'fine'..."),
        ("Анна", "Anna"),
        ("王小明", "WangXiaoMing"),
        ("👍🏽 Ana 🙂", "Ana"),
        ("Thanks, Ana ❤️.", "Thanks, Ana."),
        ("number 3 (Ana 😊). Come", "number 3 (Ana). Come"),
        ("number 3 (🌹). Come", "number 3. Come"),
        ("number 3 (🌹 Ana), come", "number 3 (Ana), come"),
        ("Zoë 👩‍👩‍👧, come 🎉 now!", "Zoe, come now!"),
        ("Ana🌹Lopes", "Ana Lopes"),
        ("Rua 5 🇵🇹 (2 🇵🇹)", "Rua 5 (2)"),
        ("Ana 1️⃣.", "Ana 1."),
        ("नेहा", "neha"),
        ("ਗੁਰਪ੍ਰੀਤ", "gurprit"),
        ("กิตติ", "kitti"),
        ("សុខា", "sokha"),
        ("සුනිල්", "sunil"),
        ("مُحَمَّد", "muhamad"),
        ("བོད", "bod"),
        ("a\u0316\u0330b\u20dd", "ab"),  # accents are no letters
        ("a\u00a0b\tc", "a b c"),
        ("`x`", "'x'"),
        ("5 € {ok} [~]", "5 € {ok} [~]"),
        ("\x00\u200b\ud800", ""),
    ],
)
def test_letters_are_put_into_the_alphabet_of_texts(text, plain):
    assert to_gsm(text) == plain


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_put_into_the_alphabet(text):
    plain = to_gsm(text)
    assert GSM_TEXT.fullmatch(plain)
    assert to_gsm(plain) == plain


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(("", 0), ("a", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3)),
        *(("€" * 80, 1), ("€" * 81, 2), ("a" * 159 + "€", 2), ("é" * 160, 1)),
        ("a" * 152 + "€" + "a" * 152, 3),  # the euro does not fit into the first, nor so much into the second
        ("a" * 151 + "€" + "a" * 153, 2),
        *(("á" * 70, 1), ("á" * 71, 2), ("á" * 134, 2), ("á" * 135, 3)),
        *(("😀" * 35, 1), ("😀" * 36, 2), ("😀" * 66, 2), ("😀" * 67, 3)),
    ],
)
def test_segments_are_counted_as_the_carrier_bills_them(text, count):
    assert segments(text) == count


@given(
    st.one_of(
        st.text(st.sampled_from(GSM_BASIC[:40] + GSM_EXTENSION), max_size=400),
        st.text(st.sampled_from("aé€á😀王"), max_size=400),
        st.builds("{}{}{}".format, *[st.sampled_from(["a" * 150, "€", "á", "😀" * 33, "b" * 3, ""])] * 3),
    )
)
def test_segments_agree_with_a_definition_by_filling_letter_by_letter(text):
    if all(c in GSM_BASIC + GSM_EXTENSION for c in text):
        sizes, alone, each = [1 + (c in GSM_EXTENSION) for c in text], 160, 153
    else:
        sizes, alone, each = [len(c.encode("utf-16-be")) // 2 for c in text], 70, 67
    filled = [0]
    for size in sizes:
        if filled[-1] + size > each:
            filled.append(0)
        filled[-1] += size
    assert segments(text) == (bool(text) if sum(sizes) <= alone else len(filled))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ana, E\u0301 à 27", []),
        ("✂️ Ana ✂️", ["✂️ (U+2702)"]),
        ("👩‍👧 👍🏽", ["👩‍👧 (U+1F469 U+1F467)", "👍🏽 (U+1F44D U+1F3FD)"]),
        ("🇵🇹🇪🇸", ["🇵🇹 (U+1F1F5 U+1F1F9)", "🇪🇸 (U+1F1EA U+1F1F8)"]),
        ("\ufe0f", ["U+FE0F"]),
    ],
)
def test_signs_a_text_cannot_carry_are_named_whole_and_with_their_codes(text: str, named: list[str]) -> None:
    assert [with_code(sign) for sign in beyond_gsm(text)] == named

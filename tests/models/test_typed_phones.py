"""Phones are read as people write them, and masked in whatever form they stand in a text."""

import pytest

from models.people.phone_countries import allowed_by_default, is_allowed, main_country_refused
from models.people.typed_phones import UnreadablePhone, read_phone, without_phones

US, GB, PT, DK, CA, TOLL_FREE = (
    "+12125550100",
    "+447400123456",
    "+351912000000",
    "+4520123456",
    "+16045550100",
    "+18885550100",
)


@pytest.mark.parametrize(
    ("typed", "ours", "phone"),
    [
        ("+44 (0)7700 900456", US, "+447700900456"),
        ("+44(0)7700900456", GB, "+447700900456"),
        ("07700 900456", GB, "+447700900456"),
        ("0044 7700 900456", PT, "+447700900456"),
        ("011 44 7700 900456", US, "+447700900456"),
        ("(212) 555-2671", US, "+12125552671"),
        ("1 212 555 2671", US, "+12125552671"),
        ("212.555.2671 ext. 5", US, "+12125552671"),
        ("tel:+351-912-345-678", US, "+351912345678"),
        ("＋４４７７００９００４５６", US, "+447700900456"),
        ("٠٦١٢٣٤٥٦٧٨", "+33612345678", "+33612345678"),
        ("۰۶۱۲۳۴۵۶۷۸", "+33612345678", "+33612345678"),
        ("20 12 34 56", DK, "+4520123456"),
        ("8 912 345-67-89", "+79123456789", "+79123456789"),
        ("011 15 1234-5678", "+541112345678", "+5491112345678"),
    ],
)
def test_a_phone_is_read_as_it_is_written(typed: str, ours: str, phone: str) -> None:
    assert read_phone(typed, ours) == phone


@pytest.mark.parametrize(("typed", "ours"), [("555-2671", US), ("900456", GB), ("2012 345", DK)])
def test_a_part_of_a_number_becomes_no_other_number(typed: str, ours: str) -> None:
    with pytest.raises(UnreadablePhone) as refused:
        read_phone(typed, ours)
    assert refused.value.is_incomplete


@pytest.mark.parametrize(
    "typed", ["", "Ana", "12", "+", "+999 123456789", "212 555 2671 555 2671", "1" * 300]
)
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(UnreadablePhone) as refused:
        read_phone(typed, US)
    assert not refused.value.is_incomplete


@pytest.mark.parametrize("typed", ["0171 3920012 Eva", "030 23125 123 (Anna)", "+49 171 3920012 neu"])
def test_a_name_behind_a_phone_is_not_dialled(typed: str) -> None:
    with pytest.raises(UnreadablePhone):
        read_phone(typed, "+491713920099")


@pytest.mark.parametrize(
    ("text", "ours", "kept"),
    [
        ("call 20123456", DK, "call …56"),
        ("call 20 12 34 56 please", DK, "call …56 please"),
        ("+44 (0)7700 900456", US, "…56"),
        ("call ٠٦١٢٣٤٥٦٧٨", US, "call …78"),
        ("९८७६५४३२१०", US, "…10"),
        ("５５５‐２６７１", US, "…71"),
        ("321 456", "+376321456", "…56"),  # Andorra has six digits
        ("321 456", US, "321 456"),
        ("+376 321456", US, "…56"),
        ("51234", "+50051234", "…34"),  # the Falklands five
        ("2026-11-22 at 10", DK, "2026-11-22 at 10"),
        ("on 22.11.2026", DK, "on 22.11.2026"),
        ("41.23.4567", DK, "…67"),
        ("CET236 Ana 4", US, "CET236 Ana 4"),
        ("call +1 (555) 010-1001 now", US, "call …01 now"),
        ("＋351912345678", US, "…78"),
        ("555010100", US, "…00"),
    ],
)
def test_a_phone_is_masked_in_every_script_and_of_every_length(text: str, ours: str, kept: str) -> None:
    assert without_phones(text, ours) == kept


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [
        (US, "+17875550123", True),  # Puerto Rico
        (US, "+13405550123", True),  # Virgin Islands
        (US, "+16045550123", False),
        (US, "+18765550123", False),  # Jamaica
        (TOLL_FREE, "+16045550123", True),
        (TOLL_FREE, "+12125550123", True),
        (TOLL_FREE, "+18765550123", False),
        (GB, "+447624000000", True),  # Man
        (GB, "+447797712345", True),  # Jersey
        (GB, "+447911123456", True),  # Guernsey
        ("+441534712345", "+447400123456", True),  # a shop in Jersey
        ("+35818123456", "+358457000000", True),  # Aland: its mobiles read as Finnish
        ("+4779123456", "+4740612345", True),  # Svalbard
        (CA, "+16135550123", True),
        (CA, "+12125550123", False),
        ("+15550100000", "+15550101001", True),
    ],
)
def test_the_default_allows_the_country_with_what_belongs_to_it(ours: str, theirs: str, may: bool) -> None:
    assert is_allowed(theirs, ours, frozenset()) is may


def test_a_list_of_countries_is_taken_as_it_stands() -> None:
    assert not is_allowed("+17875550123", US, {"US"})
    assert is_allowed("+16045550123", US, {"US", "CA"})


def test_a_default_that_refuses_most_of_its_calling_code_is_known() -> None:
    assert main_country_refused(CA) == "US"
    assert main_country_refused("+77011234567") == "RU"
    assert [main_country_refused(ours) for ours in (US, GB, PT, TOLL_FREE, "+15550100000")] == [None] * 5
    assert allowed_by_default("+441534712345") == {"GB", "IM", "JE", "GG"}

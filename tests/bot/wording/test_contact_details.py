"""Names that carry an address or a phone are told from names."""

import pytest

from bot.wording.contact_details import as_named, has_contact_details


@pytest.mark.parametrize(
    "name",
    [
        *("Ana", "Dr. Ana", "J.R. Ewing", "Barbería López S.L.", "St. Mary's", "O'Neill & Sons, Ltd."),
        *("Studio 54", "Table 12", "Route 66 Diner", "Ana 2", "7-Eleven No. 1234", "Müller-Lüdenscheidt"),
        *("A.B.C. Salon", "नेहा", "Café №5", "Floor 1.2, room 3"),
    ],
)
def test_a_name_is_a_name(name: str) -> None:
    assert not has_contact_details(name)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("St.Mary", "St. Mary"),
        ("  Dr.Ana  Lopes", "Dr. Ana Lopes"),
        ("Sra.Nuñez, dipl.Ing.Huber", "Sra. Nuñez, dipl. Ing. Huber"),
        ("mr.loan", "mr. loan"),
        ("St. Mary", "St. Mary"),
        ("J.R. Ewing", "J.R. Ewing"),
    ],
)
def test_an_abbreviation_before_a_name_is_set_apart_and_makes_no_address(typed: str, named: str) -> None:
    assert as_named(typed) == named
    assert not has_contact_details(as_named(typed))


@pytest.mark.parametrize(
    "typed", ["www.dr.example", "shop.st.example", "ana@dr.example", "http://mr.example", "first.example"]
)
def test_a_longer_address_stays_one(typed: str) -> None:
    assert has_contact_details(as_named(typed))


@pytest.mark.parametrize(
    "name",
    [
        *("Win at shop.example", "https://shop.example/x", "WWW.SHOP.EXAMPLE", "write to ana@example.com"),
        *("Ana (shop.example)", "Call 555 0100 99", "+1 (555) 010-0999", "5550100999", "٥٥٥٠١٠٠٩٩٩"),
        *("Win at shop．example", "shop。example", "call ⑤⑤⑤⓪①⓪⓪", "555_0100_999", "see 192.0.2.7/x"),
    ],
)
def test_an_address_or_a_phone_is_no_name(name: str) -> None:
    assert has_contact_details(name)

"""Leads that may be the same person: by address without hints, phone number in any spelling, name and company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.duplicates.compare import Person, reasons
from tracker.rules.duplicates.keys import duplicate_keys


def person(email="a@acme.example", name="Dana Whitfield", company=None, phone=None, country=None):
    return Person(email=email, name=name, company=company, phone=phone, country=country)


def why(one, other, region="DE", **more):
    """The reasons in both directions; a look-up by keys must find them too."""
    found = reasons(one, other, region, **more)
    assert reasons(other, one, region, **more) == found
    keys = [set(duplicate_keys(each.email, each.name, each.company, each.phone)) for each in (one, other)]
    assert keys[0] & keys[1] or not found
    return [reason.value for reason in found]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("dana@acme.example", "Dana+news@ACME.example", True),
        ("d.whitfield@gmail.com", "dwhitfield@googlemail.com", True),
        ("d.whitfield@acme.example", "dwhitfield@acme.example", False),
        ("dana@acme.example", "dana@acme.example.org", False),
        ("+x@acme.example", "+y@acme.example", False),
    ],
)
def test_addresses_with_tags_and_dots(one, other, is_same):
    """A tag anywhere, dots at Gmail only."""
    assert why(person(one, "A B"), person(other, "C D")) == (["address"] if is_same else [])


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("+49 30 1234567", None), ("030 / 123 45 67", None), True),
        (("0049301234567", None), ("(030) 1234567", "Germany"), True),
        (("+49 30 1234567 ext. 12", None), ("030 1234567", "DE"), True),
        (("030 1234567", "DE"), ("030 1234567", "AT"), False),
        (("+351 912 345 678", None), ("912345678", "Portugal"), True),
        (("+91 98765 43210", None), ("098765-43210", "IN"), True),
        (("٠٣٠١٢٣٤٥٦٧", None), ("0301234567", None), True),
        (("+49 30 1234567", None), ("+49 30 1234568", None), False),
        (("12345", None), ("12345 6", None), False),
        (("call me", None), ("call me", None), False),
        (("555-0100", "XX"), ("555 0100", None), True),
    ],
)
def test_phone_numbers_in_any_spelling(one, other, is_same):
    """By E.164; a number without a country code is of the lead's country, else of the workspace's."""
    pair = [
        person(f"{n}@acme.example", f"{n} {n}{n}", phone=phone, country=country)
        for n, (phone, country) in zip("xy", (one, other), strict=True)
    ]
    assert why(*pair) == (["phone"] if is_same else [])


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (("Dana Whitfield", "Acme Foods GmbH"), ("Whitfield, Dana", "ACME Foods"), ["name_and_company"]),
        (("Dana Whitefield", "Acme Foods"), ("Dr. Dana Whitfield", "Acme Foods Ltd."), ["name_and_company"]),
        (("D. Whitfield", "Acme"), ("Dana Whitfield", "Acme"), ["name_and_company"]),
        (("Jürgen Müller", "Öko AG"), ("Jurgen Muller", "Oko"), ["name_and_company"]),
        (("Tom Reyes", "Acme"), ("Dana Whitfield", "Acme"), []),
        (("Dana Whitfield", "Acme"), ("Dana Whitfield", "Brunner Bau"), []),
        (("Dana Whitfield", None), ("dana whitfield", "Acme"), ["name"]),
        (("Dana", None), ("Dana", None), []),
        (("info@acme.example", "Acme"), ("info@acme.example", "Acme"), []),
    ],
)
def test_names_and_companies(one, other, found):
    """Nearly equal names at nearly equal companies; the same whole name where one company is unknown."""
    assert why(person("x@a.example", *one), person("y@b.example", *other)) == found


def test_a_number_whose_country_no_one_knows():
    """The number within the country decides."""
    one, other = person("x@a.example", "Ann Lee", phone="+49 30 1234567"), person("y@b.example", "Bob Stone", phone="030 1234567")
    assert why(one, other, region="") == ["phone"]
    assert why(one, other, region="AT") == []


def test_a_switchboard_is_no_ones_own():
    """A number that many leads have counts only together with a similar name."""
    one, other = person("x@a.example", "Dana Whitfield", phone="030 1234567"), person("y@b.example", "Tom Reyes", phone="030 1234567")
    assert why(one, other) == ["phone"]
    assert why(one, other, is_shared_line=True) == []


@given(*[st.text(max_size=40)] * 4)
def test_any_text_has_keys(email, name, company, phone):
    """Hostile texts raise nothing, and keys are short."""
    keys = duplicate_keys(email, name, company, phone)
    assert all(len(key) <= 80 for key in keys)
    one = Person(email=email, name=name, company=company, phone=phone)
    reasons(one, one, "DE")

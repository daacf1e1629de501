"""Values that count for fit: what text from forms, programs and files is matched with."""

import pytest

from tracker.rules.fit.fit_values import choices, is_wanted, matched
from tracker.web.console.text.fit_choices import fit_options, wanted_options, wanted_values


@pytest.mark.parametrize("field", ["industry", "size", "budget", "location"])
def test_every_value_of_a_list_is_itself(field: str):
    """Whatever is picked stays as picked."""
    assert [matched(field, value) for value in choices(field)] == list(choices(field))


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("industry", "logistics", "Logistics"),
        ("industry", "IT and Software", "IT & software"),
        ("industry", "Beekeeping", "Beekeeping"),
        ("size", "51-200", "51–200"),
        ("size", "50 - 200 employees", "51–200"),
        ("size", "120", "51–200"),
        ("size", "1 200", "1,001–5,000"),
        ("size", "1.200", "1,001–5,000"),
        ("size", "5000+", "1,001–5,000"),
        ("size", ">5000", "1,001–5,000"),
        ("size", "over 10,000", "More than 5,000"),
        ("size", "10k", "More than 5,000"),
        ("size", "<10", "1–10"),
        ("size", "small", "small"),
        ("size", "0", "0"),
        ("budget", "€20k", "5,000–20,000"),
        ("budget", "EUR 7.500,50", "5,000–20,000"),
        ("budget", "1.5m", "More than 100,000"),
        ("budget", "Approved", "Approved"),
        ("budget", "approved in Q3 2026, see 12 notes and 4 mails", "approved in Q3 2026, see 12 notes and 4 mails"),
        ("location", "PT", "Portugal"),
        ("location", "Deutschland", "Germany"),
        ("location", "Atlantis", "Atlantis"),
    ],
)
def test_text_is_matched_where_its_meaning_is_clear(field: str, text: str, expected: str):
    """Free text becomes a value of the list, or stays as it is."""
    assert matched(field, text) == expected


@pytest.mark.parametrize(
    ("field", "known", "wanted", "expected"),
    [
        ("size", "120", "50-200", True),
        ("size", "51–200", "50-200", True),
        ("size", "1-9", "50-200", False),
        ("size", "201–500", "over 200", True),
        ("budget", "50k", "20,000–50,000", True),
        ("budget", "Approved", "approved", True),
        ("budget", "Approved", "5,000–20,000", False),
        ("industry", "LOGISTICS ", "Logistics", True),
        ("location", "Germany", "DE", True),
    ],
)
def test_wanted_values_match_by_meaning(field: str, known: str, wanted: str, *, expected: bool):
    """Ranges that the admin wrote before lists existed keep working."""
    assert is_wanted(field, known, wanted) is expected


def test_saving_a_form_changes_no_free_value():
    """A value from before is an option of its own, or the text of the option that it means; its stored text stays."""
    fields = {"industry": "Beekeeping", "size": "120"}
    shown = fit_options(fields, "Deutschland")
    assert {shown[name].value for name in fields} == {"Beekeeping", "120"}
    assert ("Beekeeping", "Beekeeping") in shown["industry"].options
    assert ("120", "51–200") in shown["size"].options
    assert ("Deutschland", "Germany") in shown["location"].options


def test_wanted_values_are_picked_or_written():
    """Checkboxes of the settings; text separated by commas is read too, and a comma between digits separates thousands."""
    assert wanted_values("budget", ["1,000–5,000", "5,000–20,000"]) == ("1,000–5,000", "5,000–20,000")
    assert wanted_values("budget", ["30k, 1,000–5,000, Approved"]) == ("20,000–50,000", "1,000–5,000", "Approved")
    shown = wanted_options("industry", ["logistics", "Beekeeping"])
    assert shown.summary == "Logistics; Beekeeping"
    assert shown.options[0] == ("Beekeeping", True)

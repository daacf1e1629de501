"""The options of select fields for values that count for fit. Pure; used by the pages of leads and by Settings, Score."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracker.rules.fit.fit_values import FIT_FIELDS, FIT_LABELS, choices, matched


@dataclass(frozen=True, slots=True)
class FitOptions:
    """One select field: its label, its options as value and text, and the chosen value."""

    label: str
    options: list[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class WantedOptions:
    """The checkboxes for the wanted values of a field: its label, each value with whether it is chosen, and the chosen ones as text."""

    label: str
    options: list[tuple[str, bool]]
    summary: str


def wanted_options(field: str, wanted: Iterable[str]) -> WantedOptions:
    """The checkboxes of one field; a wanted value from before that is on no list comes first."""
    chosen = tuple(dict.fromkeys(matched(field, value) for value in wanted))
    listed = choices(field)
    values = [*(value for value in chosen if value not in listed), *listed]
    return WantedOptions(FIT_LABELS[field], [(value, value in chosen) for value in values], "; ".join(chosen))


def wanted_values(field: str, given: Iterable[str]) -> tuple[str, ...]:
    """The wanted values of a posted form: values of the list, or free text separated by commas, matched with the list where it can be."""
    listed = choices(field)
    texts = (text for value in given for text in ([value] if value in listed else _split(value)))
    return tuple(dict.fromkeys(matched(field, text) for text in texts))


def _split(text: str) -> list[str]:
    """The parts of a text at commas and line ends; a comma between digits separates thousands."""
    return [part.strip() for part in re.split(r"(?<!\d),|,(?!\d)|\n", text) if part.strip()]


def fit_options(fields: Mapping[str, str], country: str | None) -> dict[str, FitOptions]:
    """The select field of each value of a lead, by field; text from before that is on no list is one more option."""
    return {field: _options(field, (country if field == "location" else fields.get(field)) or "") for field in FIT_FIELDS}


def fit_filters(industry: str, size: str, budget: str, country: str) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """Name, label, options and value of each filter of the leads list."""
    names = {"industry": industry, "size": size, "budget": budget, "location": country}
    found = []
    for field, value in names.items():
        shown = _options(field, value, nothing=f"Any {_PLAIN[field]}")
        found.append(("country" if field == "location" else field, shown.label, shown.options, shown.value))
    return found


_PLAIN = {"industry": "industry", "size": "size", "budget": "budget", "location": "country"}


def _options(field: str, given: str, *, nothing: str = "Unknown") -> FitOptions:
    """The given text stays the value of its option, so that saving a form does not change it."""
    value = matched(field, given)
    listed = [(given, choice) if choice == value else (choice, choice) for choice in choices(field)]
    own = [(given, given)] if given and value not in choices(field) else []
    return FitOptions(FIT_LABELS[field], [("", nothing), *own, *listed], given)

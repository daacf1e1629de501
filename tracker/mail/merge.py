"""Merge fields: `{{first_name}}` or `{{first_name|there}}` in subject, HTML and text are replaced by the lead's values."""

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from tracker.base.errors import Invalid

FIELDS = ("first_name", "name", "company", "job_title", "rep_name", "unsubscribe_url", "tracking_choice_url")
"""The names of all merge fields."""

_COMPLETE = frozenset({"unsubscribe_url", "tracking_choice_url"})
"""Fields whose values are complete URLs."""
_FIELD = re.compile(r"\{\{\s*(?P<name>[^{}|]*?)\s*(?:\|(?P<fallback>[^{}]*))?\}\}")
_ADDRESS = re.compile(r"(?P<head>\b(?:href|src|action|background)\s*=\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE)


def fill_text(field: str, text: str, values: Mapping[str, str]) -> str:
    """The text with its merge fields filled. Raises Invalid for an unknown field, and for one without value and fallback."""
    return _FIELD.sub(lambda found: _value(field, found, values), text)


def fill_html(field: str, html: str, values: Mapping[str, str]) -> str:
    """Like `fill` for HTML: values are escaped, and percent-encoded inside URLs, except a complete URL of Leadlight."""

    def in_address(found: re.Match[str]) -> str:
        return found["head"] + _FIELD.sub(encoded, found["value"])

    def encoded(found: re.Match[str]) -> str:
        value = _value(field, found, values)
        return escape(value) if found["name"] in _COMPLETE else quote(value, safe="")

    return _FIELD.sub(lambda found: escape(_value(field, found, values)), _ADDRESS.sub(in_address, html))


def _value(field: str, found: re.Match[str], values: Mapping[str, str]) -> str:
    name, fallback = found["name"], found["fallback"]
    if name not in FIELDS:
        raise Invalid(field, f"uses {{{{{name[:40]}}}}}, which is not a merge field; valid fields are {', '.join(FIELDS)}")
    value = values.get(name, "")
    if value:
        return value
    if fallback is None:
        raise Invalid(field, f"uses {{{{{name}}}}}, which this lead does not have; write {{{{{name}|something else}}}}")
    return fallback.strip()

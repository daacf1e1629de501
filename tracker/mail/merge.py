r"""Merge fields: `{{first_name}}` or `{{first_name|there}}` in subject, HTML and text are replaced by the lead's values.

`{{fields.industry}}` is a custom field of the lead, by its name in any case, with or without spaces, hyphens and underscores.

All other braces stay: `{{ user.name }}` and `@media print{{x}}` are text. So is a field of ours behind a backslash, which is removed:
`\\{{first_name}}` is sent as `{{first_name}}`.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import quote

from tracker.base.errors import Invalid

FIELDS = ("first_name", "name", "company", "job_title", "rep_name", "unsubscribe_url", "tracking_choice_url")
"""The names of all merge fields but custom ones."""
CUSTOM = "fields."
"""Before the name of a custom field."""
LONGEST_CUSTOM = 60

_COMPLETE = frozenset({"unsubscribe_url", "tracking_choice_url"})
"""Fields whose values are complete URLs."""
_NAMES = "|".join(name.replace("_", "[_ -]?") for name in FIELDS)
"""Spellings of the names: `First name` and `firstName` are `first_name`."""
_FIELD = re.compile(
    rf"(?P<literal>\\)?\{{\{{\s*(?P<name>{_NAMES}|fields\.\s*[^{{}}|\n]{{1,{LONGEST_CUSTOM}}}?)\s*(?:(?:\|(?P<fallback>[^{{}}]*))?\}}\}}|(?P<wrong>[|,:}}\"'][^{{}}\n]{{0,40}}\}}{{0,2}}))",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\{\{ ?(?P<name>[\w.-]{1,40}(?: [\w.-]{1,40}){0,3}) ?(?:\|[^{}]*)?\}\}")
_ADDRESS = re.compile(r"(?P<head>\b(?:href|src|action|background)\s*=\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE)


def custom_key(name: str) -> str:
    """The key in `values` of the custom field of this name; names that differ in spelling only have the same."""
    return CUSTOM + re.sub(r"[\s_-]+", "", name).casefold()


def is_mergeable(name: str) -> bool:
    """Whether a custom field of this name can be written in braces."""
    return bool(name.strip()) and len(name) <= LONGEST_CUSTOM and not re.search(r"[{}|\n]", name)


def fill_text(field: str, text: str, values: Mapping[str, str]) -> str:
    """The text with its merge fields filled. Raises Invalid for a field with wrong syntax, and for one without value and fallback."""
    return _FIELD.sub(lambda found: _value(field, found, values), text)


def fill_html(field: str, html: str, values: Mapping[str, str]) -> str:
    """Like `fill_text` for HTML: values are escaped, and percent-encoded inside URLs, except a complete URL of Leadlight."""
    parts, position = [], 0
    for address in _ADDRESS.finditer(html):
        parts.append(_FIELD.sub(lambda found: escape(_value(field, found, values)), html[position : address.start("value")]))
        parts.append(_FIELD.sub(lambda found: _in_address(field, found, values), address["value"]))
        position = address.end()
    parts.append(_FIELD.sub(lambda found: escape(_value(field, found, values)), html[position:]))
    return "".join(parts)


def unknown_fields(text: str) -> list[str]:
    """Names in braces that are no merge fields, each once: they are sent as they are."""
    rest = _FIELD.sub("", text)
    return list(dict.fromkeys(found["name"] for found in _OTHER.finditer(rest)))


def _in_address(field: str, found: re.Match[str], values: Mapping[str, str]) -> str:
    value = _value(field, found, values)
    if found["literal"]:
        return value
    return escape(value) if _name(found) in _COMPLETE else quote(value, safe="")


def _name(found: re.Match[str]) -> str:
    if found["name"].lower().startswith(CUSTOM):
        # In HTML, `&` in the name of a field is written as an entity.
        return custom_key(unescape(found["name"])[len(CUSTOM) :])
    plain = re.sub(r"[_ -]", "", found["name"]).lower()
    return next(name for name in FIELDS if name.replace("_", "") == plain)


def _value(field: str, found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["literal"]:
        return found[0][1:]
    key, fallback = _name(found), found["fallback"]
    name = unescape(found["name"]) if key.startswith(CUSTOM) else key
    if found["wrong"] is not None:
        raise Invalid(field, f"uses {found[0][:60]}, which is not a merge field; write {{{{{name}}}}} or {{{{{name}|something else}}}}")
    value = values.get(key, "")
    if value:
        return value
    if fallback is None:
        raise Invalid(field, f"uses {{{{{name}}}}}, which this lead does not have; write {{{{{name}|something else}}}}")
    return fallback.strip()

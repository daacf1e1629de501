"""The merge fields that the editors of emails and templates offer, with their labels. Pure."""

from collections.abc import Iterable

from tracker.mail.merge import CUSTOM, FIELDS, is_mergeable

_MOST_OFFERED = 40
"""Custom fields in the menu."""
_LABELS = {
    "first_name": "First name",
    "name": "Name",
    "company": "Company",
    "job_title": "Job title",
    "rep_name": "Your name",
    "unsubscribe_url": "Unsubscribe link",
    "tracking_choice_url": "Tracking choice link",
}


def offered_fields(custom: Iterable[str]) -> list[tuple[str, str]]:
    """What stands in the braces, and its label; `custom` are names of custom fields."""
    own = sorted({name.strip() for name in custom if is_mergeable(name)}, key=str.casefold)[:_MOST_OFFERED]
    return [*((name, _LABELS.get(name, name)) for name in FIELDS), *((f"{CUSTOM}{name}", name) for name in own)]

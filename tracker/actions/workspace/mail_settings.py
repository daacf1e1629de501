"""Checks of a workspace's settings for email. Used by actions.workspace.workspaces."""

import re
from collections.abc import Iterable
from functools import partial

from tracker.actions import checks
from tracker.base.errors import Invalid
from tracker.domain.workspace.working_hours import WorkingHours

_HIGHEST_LIMIT = 10_000
_MOST_SELECTORS = 10
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?){0,3}")


def check_hours(value: WorkingHours) -> WorkingHours:
    """The validated working hours. Raises Invalid."""
    if not value.days:
        raise Invalid("working_hours.days", "must have at least one day")
    if not 0 <= value.start < value.end <= 24 * 60:
        raise Invalid("working_hours.end", "must be after the begin")
    return value


def _check_limit(field: str, value: int) -> int:
    """The validated number of messages a day. Raises Invalid."""
    if not 1 <= value <= _HIGHEST_LIMIT:
        raise Invalid(field, f"must be from 1 to {_HIGHEST_LIMIT:,}")
    return value


LIMITS = {name: partial(_check_limit, name) for name in ("daily_limit", "automatic_limit", "automatic_limit_all")}
"""The checks of numbers of messages a day, by setting."""


def check_sender(value: str) -> str:
    """The validated sender of alerts; empty: the account of the mail server. Raises Invalid."""
    return checks.email("alert_sender", value) if value.strip() else ""


def check_selectors(given: Iterable[str]) -> tuple[str, ...]:
    """Selectors of DKIM: labels of DNS names (RFC 6376, 3.1). Raises Invalid."""
    found = tuple(dict.fromkeys(name.strip().lower() for name in given if name.strip()))
    if len(found) > _MOST_SELECTORS:
        raise Invalid("dkim_selectors", f"may hold {_MOST_SELECTORS} names at most")
    for name in found:
        if not _SELECTOR.fullmatch(name):
            raise Invalid("dkim_selectors", f"“{name[:60]}” must be the name of a DKIM key, such as selector1")
    return found

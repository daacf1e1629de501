"""Refused pages: page views that the snippet could not report, counted by site and day. Nothing here is about a visitor."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class RefusalReason(StrEnum):
    """Why nothing was recorded, or why a lead was not recognised."""

    ORIGIN = "origin"
    """The page's origin is not one of the site's."""
    KEY = "key"
    """There is no site with the snippet's key."""
    LANDING = "landing"
    """A click led to the site, but the page reported itself without the landing token: a redirect may have dropped it."""


class RefusalCount(NamedTuple):
    """The greatest count known so far of one cause on one day, from one process. `id` names cause, day and process."""

    id: str
    day: date
    site: str
    """The site key of the snippet; empty where it has not the form of one."""
    reason: RefusalReason
    origin: str
    """The page's origin; `null` as browsers send it; empty: several others, or unknown."""
    pages: int


class RefusedPages(NamedTuple):
    """One cause with the pages of all days asked for."""

    site: str
    reason: RefusalReason
    origin: str
    pages: int
    last_day: date

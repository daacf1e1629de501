"""The console's HTTP client for outgoing requests, created on first use."""

from typing import cast

from flask import current_app

from tracker.base.http.outbound import Outbound
from tracker.web.console.auth import deps

_NAME = "leadlight.outbound"
_SECONDS = 4.0
"""Timeout of a whole request, because a page waits for it."""


def outbound() -> Outbound:
    """The client. It reaches public addresses and those in OUTBOUND_ALLOW."""
    known = current_app.extensions.get(_NAME)
    if known is None:
        known = current_app.extensions[_NAME] = Outbound(deps().settings.outbound_allow, total=_SECONDS)
    return cast("Outbound", known)

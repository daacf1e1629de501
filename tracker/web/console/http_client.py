"""The console's one HTTP client for outgoing requests, made when it is first needed."""

from typing import cast

from flask import current_app

from tracker.base.http.outbound import Outbound
from tracker.web.console.auth import deps

_NAME = "leadlight.outbound"
_SECONDS = 4.0
"""For a whole request: a person waits for the page."""


def outbound() -> Outbound:
    """The client; it reaches public addresses and what OUTBOUND_ALLOW names."""
    known = current_app.extensions.get(_NAME)
    if known is None:
        known = current_app.extensions[_NAME] = Outbound(deps().settings.outbound_allow, total=_SECONDS)
    return cast("Outbound", known)

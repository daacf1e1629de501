"""Removal of confidential parts from the addresses of page events, before the spool. The snippet does the same in the browser."""

from collections.abc import Iterable

import msgspec

from tracker.domain.activity.capture import Capture
from tracker.links.confidential import Confidential, confidential, page_mark
from tracker.links.tokens import LandingClaims
from tracker.links.urls import origin
from tracker.spool.policy import SitePolicy


def without_confidential(captures: Iterable[Capture], site: SitePolicy, landing: LandingClaims | None) -> list[Capture]:
    """The captures as they may be stored: page, referrer, target and address of a form; of the Referer header the origin.

    The page that a mailed link leads to stays as it is: the rep chose its address. The landing token names it (`page_mark`).
    """
    if site.confidential is None:
        return list(captures)
    rule = confidential(site.confidential)
    return [_without(found, rule, landing) for found in captures]


def _without(found: Capture, rule: Confidential, landing: LandingClaims | None) -> Capture:
    changes: dict[str, object] = {}
    is_mailed = landing is not None and found.landing is not None and bool(landing.page) and page_mark(found.url or "") == landing.page
    if found.url and not is_mailed and (url := rule.cleaned(found.url)) != found.url:
        changes["url"] = url
    if found.referrer and (referrer := rule.cleaned(found.referrer)) != found.referrer:
        changes["referrer"] = referrer
    # The target of a form is its id, or else its address.
    is_form_id = found.form is not None and found.target == found.form.id
    if found.target and not is_form_id and (target := rule.cleaned(found.target)) != found.target:
        changes["target"] = target
    if found.form and (action := rule.cleaned(found.form.action)) != found.form.action:
        changes["form"] = msgspec.structs.replace(found.form, action=action)
    # The header repeats the page's address, where the values of GET forms are known to the snippet alone.
    header = found.headers.get("referer")
    if header and header != (own := origin(header)):
        changes["headers"] = found.headers | {"referer": own}
    return msgspec.structs.replace(found, **changes) if changes else found

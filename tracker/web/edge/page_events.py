"""Page events: the body of `POST /e`, validated and converted to captures. Called by web.edge."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from tracker.base.errors import BadToken, Malformed
from tracker.base.ids import id_of
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.links import tokens
from tracker.links.keys import Keys
from tracker.links.landing import without_landing
from tracker.links.urls import origin
from tracker.spool.policy import SitePolicy
from tracker.web.edge.capture import RequestFacts, capture
from tracker.web.edge.page_forms import SentShape, allowed_fields, shape_of
from tracker.web.edge.page_values import LONGEST_ADDRESS, LONGEST_MS, clamped, event_times, single_line
from tracker.web.edge.private_addresses import without_confidential

BODY_LIMIT = 64 * 1024
MOST_EVENTS = 50
MOST_INPUTS = 1_000

_SKEW_MS = 10_000
"""The tolerated difference between the clocks of two edges, and of a browser."""

_TITLE, _LABEL = 300, 80
_KINDS = {
    "view": CaptureKind.VIEW,
    "click": CaptureKind.PAGE_CLICK,
    "submit": CaptureKind.SUBMIT,
    "download": CaptureKind.DOWNLOAD,
    "beat": CaptureKind.BEAT,
    "leave": CaptureKind.LEAVE,
}

# Compiled patterns: the same checks by msgspec take five times as long.
_is_client_id = re.compile(r"[A-Za-z0-9._:-]{1,64}").fullmatch
_is_url = re.compile(r"https?://[^\x00-\x1f\x7f]+").fullmatch


class _Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What the snippet saw of a person on the page view so far. `count` and `first_ms` are of trusted input events."""

    count: int | float | None = None
    first_ms: int | float | None = None
    webdriver: bool | None = None
    prerendered: bool | None = None


class _PageEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    id: str
    kind: Literal["view", "click", "submit", "download", "beat", "leave"]
    page: str
    url: Annotated[str, msgspec.Meta(max_length=LONGEST_ADDRESS)]
    ago_ms: int | float
    title: str | None = None
    referrer: str | None = None
    active_ms: int | float | None = None
    scroll: int | float | None = None
    target: str | None = None
    text: str | None = None
    fields: dict[str, str] = {}
    form: SentShape | None = None
    input: _Input | None = None
    trusted: bool | None = None


class _BatchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    site: Annotated[str, msgspec.Meta(max_length=64)]
    visitor: str
    events: Annotated[list[_PageEvent], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]
    ll: str | None = None
    consent: bool = False


_decoder = msgspec.json.Decoder(_BatchBody)


class PageEventBatch:
    """A valid batch of page events. The rest is read before it is converted to captures."""

    def __init__(self, body: bytes) -> None:
        """Raises Malformed: too_big, not_json, too_deep, bad_shape."""
        if len(body) > BODY_LIMIT:
            raise Malformed("too_big")
        try:
            self._body = _decoder.decode(body)
        except msgspec.ValidationError as error:
            raise Malformed("bad_shape") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed("not_json") from error
        except RecursionError as error:
            raise Malformed("too_deep") from error
        if not _is_well_formed(self._body):
            raise Malformed("bad_shape")
        self.site = self._body.site
        self.has_consent = self._body.consent
        self.visitor = self._body.visitor
        self.views = sum(event.kind == "view" for event in self._body.events)

    def captures(
        self, facts: RequestFacts, site: SitePolicy, keys: Keys, is_withdrawn: Callable[[str], bool] = lambda _: False
    ) -> list[Capture]:
        """One capture per event, and one REJECTED for a landing token that is invalid or belongs to another site.

        None at all if `is_withdrawn` is true of the click that the landing token names.
        """
        landing, rejected = self._landing(facts, site, keys)
        if landing is not None and is_withdrawn(landing.click):
            return []
        if "=" in facts.headers.get("referer", ""):
            facts = msgspec.structs.replace(
                facts, headers=facts.headers | {"referer": without_landing(facts.headers["referer"], site.landing)}
            )
        events = self.kept(site)
        times = event_times((event.ago_ms for event in events), facts.received)
        found = [_capture_of(event, at, self._body, facts, site, landing) for event, at in zip(events, times, strict=True)]
        found = without_confidential(found, site, landing)
        return found if rejected is None else [*found, rejected]

    def kept(self, site: SitePolicy) -> list[_PageEvent]:
        """The events that the site records: it may leave out clicks on its own links and buttons."""
        events = self._body.events
        return events if site.clicks else [event for event in events if event.kind != "click" or _leads_away(event, site)]

    def _landing(self, facts: RequestFacts, site: SitePolicy, keys: Keys) -> tuple[tokens.LandingClaims | None, Capture | None]:
        if not self._body.ll:
            return None, None
        try:
            claims = tokens.verify_landing(keys, tokens.leading_text(self._body.ll))
            if claims.site != self.site or (site.workspace and claims.workspace != site.workspace):
                raise BadToken("other_site")  # noqa: TRY301 - one place converts every refusal to evidence
        except BadToken as error:
            reason = f"landing_{error.reason}"
            return None, capture(facts, CaptureKind.REJECTED, site.workspace, reason=reason)
        return claims, None


def _is_well_formed(batch: _BatchBody) -> bool:
    """Whether ids have the form of ids, and URLs are those of web pages."""
    if not _is_client_id(batch.visitor):
        return False
    return all(_is_client_id(event.id) and _is_client_id(event.page) and _is_url(event.url) for event in batch.events)


def _capture_of(
    event: _PageEvent, at: int, batch: _BatchBody, facts: RequestFacts, site: SitePolicy, landing: tokens.LandingClaims | None
) -> Capture:
    # Events that a browser kept from an earlier visit and sends with this one do not result from this click.
    caused_by = landing if landing and at >= landing.minted_at - _SKEW_MS else None
    inputs, input_ms = _inputs(event.input)
    return Capture(
        id=id_of(batch.site, batch.visitor, event.id),
        kind=_KINDS[event.kind],
        workspace=site.workspace,
        received=facts.received,
        at=at,
        address=facts.address,
        agent=facts.agent,
        method=facts.method,
        headers=facts.headers,
        url=without_landing(event.url, site.landing),
        site=batch.site,
        visitor=batch.visitor,
        page=event.page,
        title=single_line(event.title, _TITLE),
        referrer=_address(event.referrer, site),
        active_ms=None if event.active_ms is None else clamped(event.active_ms, LONGEST_MS),
        inputs=inputs,
        input_ms=input_ms,
        scroll=None if event.scroll is None else clamped(event.scroll, 100),
        target=_address(event.target, site),
        text=single_line(event.text, _LABEL) if event.kind == "click" else None,
        fields=allowed_fields(event.fields, site) if event.fields else {},
        form=shape_of(event.form) if event.form and event.kind == "submit" else None,
        landing=caused_by.click if caused_by else None,
        landing_at=caused_by.minted_at if caused_by else None,
        consent=batch.consent,
        signs=facts.signs if event.input is None and event.trusted is None else _signs(event, facts),
    )


def _inputs(found: _Input | None) -> tuple[int | None, int | None]:
    """The number of trusted inputs, and when the first came; None where the snippet does not report them."""
    if found is None or found.count is None:
        return None, None
    count = clamped(found.count, MOST_INPUTS)
    return count, None if found.first_ms is None or not count else clamped(found.first_ms, LONGEST_MS)


def _signs(event: _PageEvent, facts: RequestFacts) -> tuple[str, ...]:
    found = event.input
    seen = {
        "webdriver": found is not None and found.webdriver,
        "activated": found is not None and found.prerendered,
        "trusted": event.trusted and event.kind == "submit",
    }
    return (*facts.signs, *(name for name, is_seen in seen.items() if is_seen))


def _address(found: str | None, site: SitePolicy) -> str | None:
    text = single_line(found, LONGEST_ADDRESS)
    return without_landing(text, site.landing) if text else text


def _leads_away(event: _PageEvent, site: SitePolicy) -> bool:
    """Whether a click left the site: to another origin, to mail or to the phone."""
    return bool(event.target) and origin(event.target or "") not in site.origins

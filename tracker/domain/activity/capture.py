"""The capture: one request or collected page event as the edge received it, stored in the spool."""

from enum import StrEnum

import msgspec

from tracker.domain.activity.form import FormShape


class CaptureKind(StrEnum):
    """What was captured. `BEAT` and `LEAVE` only raise a page's dwell; `HEAD` and `REJECTED` are evidence, no events.

    `TRACKING` is a lead's choice, which becomes a consent and no event.
    `UNTRACKED` is a count of requests that were answered without a record, and names nothing but workspace and day.
    `REFUSED` is a count of pages that were refused: of a site key and an origin (in `url`), by day.
    """

    OPEN = "open"
    CLICK = "click"
    VIEW = "view"
    PAGE_CLICK = "page_click"
    SUBMIT = "submit"
    DOWNLOAD = "download"
    BEAT = "beat"
    LEAVE = "leave"
    UNSUBSCRIBE = "unsubscribe"
    TRACKING = "tracking"
    HEAD = "head"
    REJECTED = "rejected"
    UNTRACKED = "untracked"
    REFUSED = "refused"


NEVER_SHED = frozenset({CaptureKind.UNSUBSCRIBE, CaptureKind.TRACKING})
"""What a lead decided: kept above the quota too, and answered only once it is committed."""


class Capture(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=False, gc=False):
    """One spool row. Times are milliseconds since the epoch by the edge's clock; ids are hex (see `base.ids`)."""

    id: str
    """UUIDv7 for opens, clicks, unsubscribes and evidence; for page events a hash of (site, visitor, client's id)."""
    kind: CaptureKind
    workspace: str
    """Empty only for REJECTED and REFUSED without a known workspace."""
    received: int
    at: int
    """The time of the event: `received` less the client's `ago_ms`, clamped; never later than `received`."""
    address: str = ""
    agent: str = ""
    """The User-Agent without control characters, at most 512 characters."""
    method: str = "GET"
    headers: dict[str, str] = {}
    """Request headers for the verdict: lower-case names, values of at most 256 characters."""

    message: str | None = None
    """The message whose token was used."""
    share: str | None = None
    """The stand-alone link (LinkedIn, SMS, PDF) whose token was used; a token names a message or a share link."""
    link: int = 0
    """Index of the link in the message; unused for opens."""
    url: str | None = None
    """A click's destination; a page event's page address (http or https, at most 2,048 characters)."""

    site: str | None = None
    visitor: str | None = None
    page: str | None = None
    """The page view, an id made by the browser, unique within the visitor."""
    title: str | None = None
    """The page's title. With a heartbeat, title and address are the last ones of its view, which was told with others."""
    referrer: str | None = None
    active_ms: int | None = None
    """Cumulative active time of the page view so far."""
    inputs: int | None = None
    """Trusted pointer, key, touch and wheel events of the page view so far, at most 1,000; None where the snippet does not report them."""
    input_ms: int | None = None
    """When the first of them came, in milliseconds after the page view began."""
    scroll: int | None = None
    """Maximum scroll depth so far, 0 to 100."""
    target: str | None = None
    """Where a clicked link or download leads, or the submitted form."""
    text: str | None = None
    """What stands on a clicked link or button, at most 80 characters."""
    fields: dict[str, str] = {}
    """Submitted form: every field name; values only of allowed fields, else empty."""
    form: FormShape | None = None
    """What identifies the submitted form; None where the snippet is older."""
    landing: str | None = None
    """The click event that a verified `ll` token names; only on page events of the batch that carried it."""
    landing_at: int | None = None
    """When the edge minted that `ll` token."""
    reason: str | None = None
    """Short code of the reason for REJECTED. The message of such a capture, if any, is a hint without a valid signature."""
    signs: tuple[str, ...] = ()
    """What else edge or snippet noticed, by name: `repaired`, `own`, `http1.0`, `webdriver`, `activated`, `trusted` (see rules.verdicts)."""
    consent: bool = False
    """Whether the batch said that its browser consents: it is recorded although the visitor is withdrawn, unless it is older than that."""
    count: int = 0
    """The number of requests of an UNTRACKED capture, of pages of a REFUSED one."""
    rep: str | None = None
    """The rep whose signed mark the browser carries."""
    choice: str | None = None
    """What the lead chose on the tracking-choice page: `granted` or `refused`."""
    wording: str | None = None
    """The text the lead was shown there."""

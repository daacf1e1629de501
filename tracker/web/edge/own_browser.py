"""The mark of a rep's own browser: a signed cookie of the edge for one workspace. Read by pixel and redirect, set by the route `mark`."""

from tracker.base.errors import BadToken
from tracker.links.browser_marks import COOKIE, MARK_SECONDS, BrowserMark, mint_mark, verify_mark
from tracker.web.edge.capture import RequestFacts
from tracker.web.edge.context import Context
from tracker.web.edge.responses import Header

_MOST = 4
"""Cookies of one name that are looked at: another host of the domain may have set more."""


def rep_of(context: Context, facts: RequestFacts, workspace: str) -> str | None:
    """The rep whose browser sent the request, by a valid mark of this workspace."""
    if not facts.cookie or COOKIE.encode() not in facts.cookie:
        return None
    name = _name(context, workspace).encode()
    pairs = (part.strip(b" \t").partition(b"=") for part in facts.cookie.split(b";"))
    for value in [value for found, _, value in pairs if found == name][:_MOST]:
        try:
            mark = verify_mark(context.keys, value, facts.received)
        except BadToken:
            continue
        if mark.workspace == workspace:
            return mark.rep
    return None


def mark_cookie(context: Context, mark: BrowserMark, *, is_removal: bool) -> Header:
    """The header that sets the mark, or removes it. Only the edge can read the cookie, and no other site can have it sent in a frame."""
    value, seconds = ("", 0) if is_removal else (mint_mark(context.keys, mark), MARK_SECONDS)
    secure = "; Secure" if _is_secure(context) else ""
    text = f"{_name(context, mark.workspace)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    return b"set-cookie", text.encode("ascii")


def _name(context: Context, workspace: str) -> str:
    """The cookie's name. `__Host-` has browsers refuse it from any other host of the domain, but needs https."""
    return f"{'__Host-' if _is_secure(context) else ''}{COOKIE}{workspace}"


def _is_secure(context: Context) -> bool:
    return context.settings.edge_url.startswith("https://")

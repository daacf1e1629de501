"""What refused pages mean: one notice for each cause, with what to do about it. Pure; used by console, doctor and alarms."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.base.errors import Invalid
from tracker.domain.workspace.refusal import RefusalReason, RefusedPages
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sites.origins import checked_origin

ALARMING = 5
"""So many pages of one cause make an alarm: fewer may be one person with a copy of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalNotice:
    """One cause, as admins read it."""

    site: str
    """The key of the workspace's site; empty if the cause belongs to none."""
    text: str
    todo: str = ""
    count: int
    origin: str = ""
    """The origin that the buttons *Add it* and *Ignore* name; empty: they would not help."""

    @property
    def is_alarming(self) -> bool:
        """Whether it is more than a few pages."""
        return self.count >= ALARMING


def notices_of(workspace: Workspace, pages: Iterable[RefusedPages]) -> list[RefusalNotice]:
    """The notices, those with most pages first. Origins that were added or ignored since then are left out."""
    notices = (_notice(workspace, one) for one in pages)
    return sorted((one for one in notices if one), key=lambda one: -one.count)


def _notice(workspace: Workspace, one: RefusedPages) -> RefusalNotice | None:
    site = workspace.site(one.site)
    if one.reason is RefusalReason.KEY:
        return _of_key(workspace, one) if site is None else None
    if site is None:
        return None
    return _of_landing(site, one) if one.reason is RefusalReason.LANDING else _of_origin(workspace, site, one)


def _of_origin(workspace: Workspace, site: Site, one: RefusedPages) -> RefusalNotice | None:
    if one.origin in (*site.origins, *site.ignored_origins):
        return None
    if not one.origin:
        return RefusalNotice(site=site.key, text=_refused(one.pages, "from other addresses"), count=one.pages)
    if one.origin == "null":
        text = _refused(one.pages, "from a local file or a sandboxed frame")
        return RefusalNotice(site=site.key, text=text, todo="Open the page from its web address.", count=one.pages)
    text = _refused(one.pages, f"from {one.origin}")
    owner = next((other for other in workspace.sites if one.origin in other.origins), None)
    if owner is not None:
        return RefusalNotice(site=site.key, text=text, todo=f"Use the snippet of {owner.name} there.", count=one.pages)
    if not _can_be_added(one.origin):
        return RefusalNotice(site=site.key, text=text, count=one.pages)
    return RefusalNotice(site=site.key, text=text, todo="Add it?", count=one.pages, origin=one.origin)


def _of_key(workspace: Workspace, one: RefusedPages) -> RefusalNotice:
    where = f"at {one.origin}" if one.origin and one.origin != "null" else ""
    owner = next((site for site in workspace.sites if one.origin in site.origins), None)
    named = f"the key {one.site}" if one.site else "the key"
    return RefusalNotice(
        site=owner.key if owner else "",
        text=f"{_refused(one.pages, where)} No site has {named} that stands in the snippet.",
        todo=f"Paste the snippet of {owner.name} there again." if owner else "Paste the snippet again, as it is shown here.",
        count=one.pages,
    )


def _of_landing(site: Site, one: RefusedPages) -> RefusalNotice:
    clicks = "1 click" if one.pages == 1 else f"{one.pages:,} clicks"
    return RefusalNotice(
        site=site.key,
        text=f"{clicks} to {one.origin or site.name} lost the mark that says which lead it was.",
        todo="Usually a redirect drops what follows “?” in the address. Check the website, or link to the address it redirects to.",
        count=one.pages,
    )


def _refused(count: int, where: str) -> str:
    pages, verb = ("1 page", "was") if count == 1 else (f"{count:,} pages", "were")
    return " ".join(filter(None, (pages, where, verb, "refused.")))


def _can_be_added(origin: str) -> bool:
    try:
        return checked_origin(origin) == origin
    except Invalid:
        return False

"""The site: one of the company's web sites, where the snippet runs."""

from datetime import datetime

import msgspec


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One of the company's web sites: where the snippet runs and tracked clicks land."""

    key: str
    """16 hex digits, public, in the snippet's address."""
    name: str
    origins: tuple[str, ...]
    """`https://www.example.com`, as a browser sends it in Origin."""
    ignored_origins: tuple[str, ...] = ()
    """Origins whose refused pages are no news, such as a copy of the site."""
    fields: tuple[str, ...] = ("email", "name", "phone", "company", "message")
    """Form fields whose values may be kept once `fields_approved`."""
    fields_approved: bool = False
    banner: bool = False
    """Whether Leadlight's consent banner is offered; its script is a second line."""
    banner_text: str = ""
    """The company's own wording; empty: ours, in the visitor's language."""
    banner_link: str = ""
    """The address of the privacy policy."""
    clicks: bool = True
    """Whether clicks on the site's own links and buttons are recorded. Outbound links and downloads always are."""
    landing_parameter: str = "ll"
    """The parameter that carries the landing token; empty: links to this site carry none, and name no lead there."""
    first_seen_at: datetime | None = None
    """When the first page event arrived; empty: the snippet still waits for its first page."""

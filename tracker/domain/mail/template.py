"""The template: an email that the reps of a workspace share, and what its messages achieved."""

from datetime import datetime

import msgspec


class TemplateBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A template without its content, for lists."""

    id: str
    workspace: str
    name: str
    subject: str
    kind: str | None = None
    edition: int = 1
    is_archived: bool = False
    created_at: datetime
    changed_at: datetime


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template; its messages keep its id and edition."""

    id: str
    workspace: str
    name: str
    subject: str
    html: str
    source: str | None = None
    """The plain text that the HTML was made from; empty if it was written as HTML."""
    kind: str | None = None
    """The kind of its messages; `proposal` makes them proposals."""
    edition: int = 1
    """Grows by one when subject, HTML or kind change. The API calls it `version`."""
    is_archived: bool = False
    """An archived template is no longer offered; its figures stay."""
    created_by: str | None = None
    """The rep who created it; empty for a program."""
    created_at: datetime
    changed_at: datetime
    version: int = 0


class TemplateFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the sent messages of a template. Automatic opens and clicks do not count."""

    sent: int = 0
    """Messages that were sent and did not bounce."""
    open_tracked: int = 0
    """Those of them with a pixel: `opened` is a share of these."""
    opened: int = 0
    click_tracked: int = 0
    """Those of them with tracked links: `clicked` is a share of these."""
    clicked: int = 0

    @property
    def open_rate(self) -> float | None:
        """The share of opened messages, 0 to 1; None without any that report opens."""
        return self.opened / self.open_tracked if self.open_tracked else None

    @property
    def click_rate(self) -> float | None:
        """The share of clicked messages, 0 to 1; None without any that report clicks."""
        return self.clicked / self.click_tracked if self.click_tracked else None

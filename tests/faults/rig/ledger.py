"""The ledger: every request of a test, its response, and the event ids known in advance."""

import threading
from dataclasses import dataclass, field

from tracker.base.ids import id_of

MARK = "x-ledger-"


@dataclass
class Entry:
    """One request. `status` is None without a response: then the event may be stored once, or not at all."""

    number: int
    kind: str
    lead: str
    message: str | None = None
    status: int | None = None
    expected: int = 200
    visitor: str = ""
    ids: list[str] = field(default_factory=list)
    """The ids of its events; known for page events."""
    dwell: dict[str, int] = field(default_factory=dict)
    """Maximum active milliseconds sent, by page."""

    @property
    def is_answered(self) -> bool:
        return self.status is not None

    @property
    def language(self) -> str:
        """A header of opens and clicks that is stored as evidence and identifies them, since only the edge knows their ids."""
        return f"en-US,en;q=0.9,{MARK}{self.number}"


class Ledger:
    """All requests of one test, over all threads of its load."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._lock = threading.Lock()

    def open(self, kind: str, lead: str, **more: object) -> Entry:
        """Adds an entry before the request is sent."""
        with self._lock:
            entry = Entry(len(self.entries), kind, lead, **more)  # type: ignore[arg-type]
            self.entries.append(entry)
            return entry

    def of(self, *kinds: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind in kinds]

    @property
    def unanswered(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.is_answered]

    def wrong(self) -> list[Entry]:
        """Entries whose status is not the expected one."""
        return [entry for entry in self.entries if entry.is_answered and entry.status != entry.expected]


def page_event_id(site: str, visitor: str, event: str) -> str:
    """The id under which the store keeps a page event."""
    return id_of(site, visitor, event)


def number_of(language: str) -> int | None:
    """The number of the entry that a stored header names."""
    _, mark, number = language.partition(MARK)
    return int(number) if mark else None

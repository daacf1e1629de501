"""What follows from recomputed visitors. Made by workers.recompute.visitors, used by workers.recompute.batch."""

from dataclasses import dataclass, field
from datetime import datetime

from tracker.domain.activity.visitor import Visitor
from tracker.store.store import WorkspaceStore
from workers.recompute.visit_history import END


@dataclass(slots=True)
class VisitorChanges:
    """The leads to recompute, and the visitors to save once that is done."""

    leads: dict[str, datetime] = field(default_factory=dict)
    """The first moment concerned, by lead."""
    rebound: dict[str, Visitor] = field(default_factory=dict)
    """The visitors whose bindings changed, as they are now."""
    stored: set[str] = field(default_factory=set)
    """The visitors that have a stored row."""
    decided: set[str] = field(default_factory=set)
    """All visitors whose identity was decided: the marked ones and those that showed the same landing tokens."""

    def joined(self, other: "VisitorChanges") -> "VisitorChanges":
        """The changes of both."""
        leads = {lead: min(found.get(lead, END) for found in (self.leads, other.leads)) for lead in {**self.leads, **other.leads}}
        return VisitorChanges(leads, self.rebound | other.rebound, self.stored | other.stored, self.decided | other.decided)

    def save(self, store: WorkspaceStore) -> None:
        """Stores the visitors as they are now. Only after their leads are saved: until then the change must stay visible."""
        store.visitors.save(self.rebound.values(), self.stored)

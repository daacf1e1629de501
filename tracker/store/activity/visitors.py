"""The visitors of one workspace: the browsers that are or were bound to a lead."""

from collections.abc import Iterable

from pymongo import ASCENDING, IndexModel

from tracker.domain.activity.visitor import Visitor
from tracker.store.core.records import Records, key_of, replace_or_insert, to_document


class Visitors(Records[Visitor]):
    """Derived; written and read by workers."""

    collection = "visitors"
    indexes = (IndexModel([("ws", ASCENDING), ("bindings.lead", ASCENDING)], name="lead"),)
    kind = Visitor

    def of_lead(self, lead: str) -> list[Visitor]:
        """The browsers that are or were bound to the lead."""
        return self.where({"bindings.lead": self._of_lead(lead)})

    def save(self, visitors: Iterable[Visitor], former: Iterable[str] = ()) -> None:
        """Replaces the bindings of these visitors. `former` names visitors that are expected to have one."""
        replace_or_insert(self.rows, [to_document(visitor) for visitor in visitors], {key_of(self.workspace, name) for name in former})

"""The email templates of one workspace."""

from pymongo import ASCENDING, IndexModel

from tracker.domain.mail.template import Template, TemplateBrief
from tracker.store.core.records import BATCH, Records, from_document


class Templates(Records[Template]):
    """Called by actions."""

    collection = "templates"
    indexes = (IndexModel([("ws", ASCENDING), ("name", ASCENDING)]),)
    kind = Template

    def briefs(self) -> list[TemplateBrief]:
        """All templates without their content, by name."""
        wanted = dict.fromkeys(("ws", *(name for name in TemplateBrief.__struct_fields__ if name not in {"id", "workspace"})), 1)
        rows = self.rows.find({"ws": self.workspace}, wanted, sort=[("name", ASCENDING)], batch_size=BATCH)
        return [from_document(row, TemplateBrief) for row in rows]

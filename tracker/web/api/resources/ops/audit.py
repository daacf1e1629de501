"""/audit: who did what, when and from where; for admins."""

from tracker.store.ops.audit import AuditQuery
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, in_utc
from tracker.web.api.schemas.ops.audit import AuditIn, AuditOut, entry_out

operations = Operations()


@operations.add("GET", "/audit", query=AuditIn, response=List[AuditOut], admin=True)
def list_audit(call: Call, query: AuditIn) -> List[AuditOut]:
    """Lists audit log entries, newest first."""
    asked = AuditQuery(
        actions=(query.action,) if query.action else (),
        who=query.actor,
        since=in_utc("since", query.since),
        until=in_utc("until", query.until),
    )
    page = call.store.audit.page(asked, cursor=query.cursor, limit=query.limit)
    return List[AuditOut].model_construct(items=[entry_out(entry) for entry in page.items], next=page.next)

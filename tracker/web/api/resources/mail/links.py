"""/links: tracked links outside mail."""

from tracker.actions.links import share_links
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, to_schema
from tracker.web.api.schemas.mail.links import ShareChange, ShareIn, ShareOut, SharesQuery

operations = Operations()


@operations.add("GET", "/links", query=SharesQuery, response=List[ShareOut])
def list_links(call: Call, query: SharesQuery) -> List[ShareOut]:
    """Lists a lead's stand-alone tracked links, newest first."""
    visible_lead(call, query.lead)
    page = call.store.shares.page(query.lead, cursor=query.cursor, limit=query.limit)
    return List[ShareOut].model_construct(items=[to_schema(ShareOut, share) for share in page.items], next=page.next)


def _authorize_create(call: Call, body: ShareIn) -> None:
    visible_lead(call, body.lead)


@operations.add("POST", "/links", body=ShareIn, response=ShareOut, status=201, authorize=_authorize_create)
def create_link(call: Call, body: ShareIn) -> ShareOut:
    """Creates a tracked link for LinkedIn, SMS or a PDF."""
    made = share_links.create_share_link(call.deps, call.workspace.id, lead=body.lead, url=body.url, label=body.label)
    return to_schema(ShareOut, made)


@operations.add("PATCH", "/links/{link}", body=ShareChange, response=ShareOut)
def change_link(call: Call, link: str, body: ShareChange) -> ShareOut:
    """Changes the label of a link, or where it leads; its address stays the same. It takes effect within about a second."""
    visible_lead(call, call.store.shares.get(link).lead)
    return to_schema(ShareOut, share_links.change_share_link(call.deps, call.workspace.id, link, url=body.url, label=body.label))

"""/inquiry-mailbox: the rules by which email becomes inquiries, and what became of it. The console connects the mailbox."""

from tracker.actions.inquiry_mail.mailbox import set_inquiry_rules
from tracker.base.errors import NotFound
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailRule
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, to_schema
from tracker.web.api.schemas.workspace.inquiry_mailbox import (
    InquiryMailboxOut,
    InquiryMailOut,
    InquiryMailRulesIn,
    InquiryMailsQuery,
    inquiry_mailbox_out,
)

operations = Operations()


@operations.add("GET", "/inquiry-mailbox", response=InquiryMailboxOut, admin=True)
def get_inquiry_mailbox(call: Call) -> InquiryMailboxOut:
    """Returns the inquiry mailbox with its rules; 404 where none is connected."""
    found = call.store.inquiry_mailboxes.find(INQUIRY_MAILBOX)
    if found is None:
        raise NotFound("no inquiry mailbox is connected")
    return inquiry_mailbox_out(found)


@operations.add(
    "PUT",
    "/inquiry-mailbox/rules",
    body=InquiryMailRulesIn,
    response=InquiryMailboxOut,
    admin=True,
    audit=(AuditAction.SETTINGS_CHANGED,),
)
def set_inquiry_mail_rules(call: Call, body: InquiryMailRulesIn) -> InquiryMailboxOut:
    """Replaces the rules of the inquiry mailbox."""
    rules = [InquiryMailRule(**rule.model_dump()) for rule in body.rules]
    given = {"takes_others": body.takes_others, "source": body.source, "version": body.version}
    changed = set_inquiry_rules(call.deps, call.workspace.id, rules=rules, **given)  # type: ignore[arg-type]
    call.record(AuditAction.SETTINGS_CHANGED, "rules of the inquiry mailbox", rules=str(len(rules)))
    return inquiry_mailbox_out(changed)


@operations.add("GET", "/inquiry-mailbox/mails", query=InquiryMailsQuery, response=List[InquiryMailOut], admin=True)
def list_inquiry_mails(call: Call, query: InquiryMailsQuery) -> List[InquiryMailOut]:
    """Lists what became of each email, newest first."""
    page = call.store.inquiry_mails.page(result=query.result, cursor=query.cursor, limit=query.limit)
    return List[InquiryMailOut].model_construct(items=[to_schema(InquiryMailOut, one) for one in page.items], next=page.next)

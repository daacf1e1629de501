"""Schemas of the inquiry mailbox."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.mail.inquiry_mailbox import InquiryMailbox
from tracker.rules.inquiries.mail_rules import MOST_RULES
from tracker.web.api.schemas.base import In, Moment, Out, Paged, Version

Reads = Literal["sender", "lines", "nothing"]
_READS = "sender: the sender inquires; lines: a program reports who inquires, in lines `Label: value`; nothing: it is ignored"
Text = Annotated[str, Field(max_length=200)]


class InquiryMailRuleIn(In):
    """What is done with email from a sender."""

    sender: Text = Field("", description="An address, `@` and a domain, or a pattern with `*`; empty: every sender")
    subject: Text = Field("", description="Words that the subject contains; empty: every subject")
    reads: Reads = Field("sender", description=_READS)
    source: Text = Field("", description="The source of new leads; empty: that of the mailbox")
    owner: str | None = Field(None, description="The rep who gets new leads")
    team: str | None = Field(None, description="The team whose members get new leads in turn")


class InquiryMailRulesIn(In):
    """The rules of the inquiry mailbox; the first one that fits decides."""

    rules: Annotated[list[InquiryMailRuleIn], Field(max_length=MOST_RULES)]
    takes_others: bool = Field(True, description="Whether other email by people makes inquiries, too")
    source: Text = Field("Other", description="The source of new leads")
    version: Version | None = None


class InquiryMailRuleOut(Out):
    """A rule."""

    sender: str
    subject: str
    reads: Reads
    source: str
    owner: str | None
    team: str | None


class InquiryMailboxOut(Out):
    """The inquiry mailbox; connected in the console."""

    host: str
    user: str
    rules: list[InquiryMailRuleOut]
    takes_others: bool
    source: str
    checked_at: Moment | None = Field(description="The last complete look")
    problem: str = Field(description="Why the last look failed; empty: it did not")
    failed: int = Field(description="Emails that could not be processed; they are tried again for a week")
    version: int


class InquiryMailsQuery(Paged):
    """Filters of what became of email."""

    result: Literal["lead", "inquiry", "reply", "ignored"] | None = None


class InquiryMailOut(Out):
    """What became of one email; kept for 30 days."""

    id: str
    at: Moment
    sender: str
    subject: str
    result: Literal["lead", "inquiry", "reply", "ignored"]
    reason: str = Field(description="Why it was ignored: bounce automatic absence own rule answer no_rule no_address")
    lead: str | None


def inquiry_mailbox_out(found: InquiryMailbox) -> InquiryMailboxOut:
    """The response for the mailbox."""
    rules = [
        InquiryMailRuleOut.model_construct(**{name: getattr(rule, name) for name in InquiryMailRuleOut.model_fields})
        for rule in found.rules
    ]
    same = {name: getattr(found, name) for name in InquiryMailboxOut.model_fields if name not in ("rules", "failed")}
    return InquiryMailboxOut.model_construct(**same, rules=rules, failed=len(found.unread))

"""The inquiry mailbox of a workspace: connected and given its rules by an admin."""

from collections.abc import Iterable

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.mailboxes import checked_account, count_check, mailbox_resolver
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailbox, InquiryMailRule
from tracker.mail.inbound.imap import opened
from tracker.rules.inquiries.mail_rules import checked_rules

_CHECK_SECONDS = 45.0


def set_inquiry_mailbox(deps: Deps, workspace: str, *, host: str, port: str, security: str, user: str, password: str) -> InquiryMailbox:
    """Signs in, and then stores the mailbox, which is read next. An empty password keeps the one of the same server and user.

    Raises Forbidden for the demo, Invalid, DeliveryError where the server does not let us in, and TooManyTries; the former one stays then.
    """
    if deps.store.workspaces.get(workspace).is_demo:
        raise Forbidden("The demo sends email to the demo inbox, so there is no mailbox to read.")
    here = deps.store.of(workspace).inquiry_mailboxes
    former = here.find(INQUIRY_MAILBOX)
    account = checked_account(host=host, port=port, security=security, user=user, password=password)
    is_same = former is not None and all(getattr(former, name) == account[name] for name in ("host", "port", "security", "user"))
    if former and is_same and not account["password"]:
        account["password"] = former.password
    if not account["password"]:
        raise Invalid("password", "must be entered, also again when server or user change")
    made = msgspec.structs.replace(former, **account) if former else InquiryMailbox(workspace=workspace, **account)
    if not is_same:
        made = msgspec.structs.replace(made, validity=0, last_uid=0, checked_at=None)
    count_check(deps, f"{workspace}:{INQUIRY_MAILBOX}")
    with opened(made, mailbox_resolver(deps), seconds=_CHECK_SECONDS):
        pass
    return here.put(msgspec.structs.replace(made, problem="", next_at=deps.now(), version=made.version + 1))


def set_inquiry_rules(
    deps: Deps, workspace: str, *, rules: Iterable[InquiryMailRule], takes_others: bool, source: str, version: int | None = None
) -> InquiryMailbox:
    """Changes the rules of a connected mailbox. Raises NotFound, Invalid, Conflict."""
    here, known = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    if here.inquiry_mailboxes.find(INQUIRY_MAILBOX) is None:
        raise NotFound("no inquiry mailbox is connected")
    found = checked_rules(rules, {rep.id for rep in here.reps.active()}, {team.id for team in known.teams})
    values = {"rules": found, "takes_others": takes_others, "source": checks.line("source", source, longest=120)}
    return here.inquiry_mailboxes.change(INQUIRY_MAILBOX, version=version, **values)


def remove_inquiry_mailbox(deps: Deps, workspace: str) -> bool:
    """Forgets the mailbox, its password and its rules; the leads and inquiries stay. False if there was none."""
    return deps.store.of(workspace).inquiry_mailboxes.remove(INQUIRY_MAILBOX)

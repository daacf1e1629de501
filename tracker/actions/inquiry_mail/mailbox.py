"""The inquiry mailbox of a workspace: connected and given its rules by an admin."""

from collections.abc import Iterable
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.mailbox_sign_ins import IMAP_SERVERS, company_token
from tracker.actions.mail_inbound.mailboxes import checked_account, count_check, mailbox_resolver
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailbox, InquiryMailRule
from tracker.mail.inbound.imap import opened
from tracker.rules.inquiries.mail_rules import checked_rules

_CHECK_SECONDS = 45.0
_SAME = ("host", "port", "security", "user")


def set_inquiry_mailbox(deps: Deps, workspace: str, *, host: str, port: str, security: str, user: str, password: str) -> InquiryMailbox:
    """Signs in, and then stores the mailbox, which is read next. An empty password keeps the one of the same server and user.

    Raises Forbidden for the demo, Invalid, DeliveryError where the server does not let us in, and TooManyTries; the former one stays then.
    """
    _check_no_demo(deps, workspace)
    former = deps.store.of(workspace).inquiry_mailboxes.find(INQUIRY_MAILBOX)
    account = checked_account(host=host, port=port, security=security, user=user, password=password)
    if not account["password"]:
        known = former is not None and all(getattr(former, name) == account[name] for name in _SAME)
        account["password"] = former.password if former and known else ""
    if not account["password"]:
        raise Invalid("password", "must be entered, also again when server or user change")
    return _connected(deps, workspace, former, account | {"is_shared": False})


def share_inquiry_mailbox(deps: Deps, workspace: str, *, user: str, host: str = "", port: int = 993) -> InquiryMailbox:
    """Signs in by the sign-in by which the workspace sends, and then stores the mailbox: that of the sign-in, or another it may open.

    Only at the provider's own server: no one is to get the token by naming another one. Raises as `set_inquiry_mailbox`.
    """
    _check_no_demo(deps, workspace)
    known = deps.store.workspaces.get(workspace).mail_sign_in
    if known is None or not known.can_read:
        raise Invalid("user", "needs a sign-in with Microsoft 365 or Google that may read mailboxes, under Settings, Email")
    server = {"host": host or IMAP_SERVERS[known.provider], "port": str(port), "security": "tls"}
    account = checked_account(**server, user=user.strip() or known.address, password="")
    former = deps.store.of(workspace).inquiry_mailboxes.find(INQUIRY_MAILBOX)
    return _connected(deps, workspace, former, account | {"is_shared": True})


def inquiry_token(deps: Deps, mailbox: InquiryMailbox) -> str:
    """What signs in in place of the password; empty for a mailbox with one. Raises DeliveryError."""
    return company_token(deps, mailbox.workspace) if mailbox.is_shared else ""


def _check_no_demo(deps: Deps, workspace: str) -> None:
    if deps.store.workspaces.get(workspace).is_demo:
        raise Forbidden("The demo sends email to the demo inbox, so there is no mailbox to read.")


def _connected(deps: Deps, workspace: str, former: InquiryMailbox | None, account: dict[str, Any]) -> InquiryMailbox:
    """Keeps the rules; a mailbox elsewhere is read anew."""
    made = msgspec.structs.replace(former, **account) if former else InquiryMailbox(workspace=workspace, **account)
    if former is None or any(getattr(former, name) != account[name] for name in _SAME):
        made = msgspec.structs.replace(made, validity=0, last_uid=0, checked_at=None, unread=())
    count_check(deps, f"{workspace}:{INQUIRY_MAILBOX}")
    with opened(made, mailbox_resolver(deps), token=inquiry_token(deps, made), seconds=_CHECK_SECONDS):
        pass
    here = deps.store.of(workspace).inquiry_mailboxes
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

"""The mailboxes of reps and of inquiries, by `leadlight doctor` while Leadlight runs: whether each can be opened now, and when it was read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.inquiry_mail.look import inquiry_problem
from tracker.actions.mail_inbound.look import open_problem
from tracker.actions.mail_inbound.mailboxes import LATE, is_late
from tracker.cli.checks.check import Check
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailbox
from tracker.domain.team.rep_mailbox import RepMailbox

_MOST = 50
_TOGETHER = 10


def mailbox_checks(deps: Deps) -> Iterator[Check]:
    """One line for each problem, one for those without. A problem never makes the command fail."""
    found = [
        one for workspace in deps.store.workspaces.all() for one in deps.store.of(workspace.id).rep_mailboxes.all() if one.is_connected
    ]
    with ThreadPoolExecutor(_TOGETHER) as pool:
        problems = list(pool.map(lambda one: open_problem(deps, one), found[:_MOST]))
    good = 0
    for mailbox, problem in zip(found, problems, strict=False):
        if problem:
            yield Check("Mailbox", "warn", f"{mailbox.user}: {problem}", "Its rep sees it under Settings, Your mailbox.")
        elif is_late(mailbox, deps.now()):
            yield Check(
                "Mailbox", "warn", f"{mailbox.user}: can be opened, but was {_read(deps, mailbox)}", "Is the process `mailbox` running?"
            )
        else:
            good += 1
    if good:
        yield Check("Mailbox", "ok", f"{good} can be opened and {'is' if good == 1 else 'are'} read")


def inquiry_mailbox_checks(deps: Deps) -> Iterator[Check]:
    """One line for each inquiry mailbox. A problem never makes the command fail."""
    stores = [deps.store.of(workspace.id).inquiry_mailboxes for workspace in deps.store.workspaces.all()]
    found = [one for one in (store.find(INQUIRY_MAILBOX) for store in stores) if one]
    for mailbox in found[:_MOST]:
        if problem := inquiry_problem(deps, mailbox) or mailbox.problem:
            yield Check("Inquiries", "warn", f"{mailbox.user}: {problem}", "See Settings, Website and forms, Inquiry mailbox.")
        elif mailbox.checked_at is None or deps.now() - mailbox.checked_at > LATE:
            yield Check(
                "Inquiries", "warn", f"{mailbox.user}: can be opened, but was {_read(deps, mailbox)}", "Is the process `mailbox` running?"
            )
        else:
            yield Check("Inquiries", "ok", f"{mailbox.user} can be opened and is read")


def _read(deps: Deps, mailbox: RepMailbox | InquiryMailbox) -> str:
    if mailbox.checked_at is None:
        return "never read"
    return f"last read {(deps.now() - mailbox.checked_at) // timedelta(minutes=1)} minutes ago"

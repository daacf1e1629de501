"""The RQ job of the notifier. Named in tracker.rq_queue.JOBS; the name is part of what an upgrade finds in Redis, so it stays."""

from notifier.copy_sender import CopySender
from notifier.dispatcher import Dispatcher
from notifier.hooks.sender import HookSender
from notifier.mail_sender import MailSender
from tracker.actions.deps import Deps


class _Process:
    """What `main` creates for this process: RQ calls a function by name, without arguments."""

    deps: Deps | None = None
    dispatcher: Dispatcher | None = None
    mail: MailSender | None = None
    copies: CopySender | None = None
    hooks: HookSender | None = None


def install(deps: Deps, dispatcher: Dispatcher, mail: MailSender, copies: CopySender, hooks: HookSender) -> None:
    """Called once by notifier.main, before the first job."""
    _Process.deps, _Process.dispatcher, _Process.mail, _Process.copies, _Process.hooks = deps, dispatcher, mail, copies, hooks


def deliver_due() -> None:
    """Wakes the dispatcher and the senders of mail and events. What comes later needs a new wake-up."""
    woken = (_Process.dispatcher, _Process.mail, _Process.copies, _Process.hooks)
    if _Process.deps is None or None in woken:
        raise RuntimeError("deliver_due runs in notifier.main only")
    try:
        _Process.deps.wake.disarm("notify")
    finally:
        for one in woken:
            if one is not None:
                one.wake()

"""The RQ job of the notifier. Named in tracker.rq_queue.JOBS; the name is part of what an upgrade finds in Redis, so it stays."""

from notifier.dispatcher import Dispatcher
from notifier.mail_sender import MailSender
from tracker.actions.deps import Deps


class _Process:
    """What `main` creates for this process: RQ calls a function by name, without arguments."""

    deps: Deps | None = None
    dispatcher: Dispatcher | None = None
    mail: MailSender | None = None


def install(deps: Deps, dispatcher: Dispatcher, mail: MailSender) -> None:
    """Called once by notifier.main, before the first job."""
    _Process.deps, _Process.dispatcher, _Process.mail = deps, dispatcher, mail


def deliver_due() -> None:
    """Wakes the dispatcher and the mail sender. What comes later needs a new wake-up."""
    if _Process.deps is None or _Process.dispatcher is None or _Process.mail is None:
        raise RuntimeError("deliver_due runs in notifier.main only")
    try:
        _Process.deps.wake.disarm("notify")
    finally:
        _Process.dispatcher.wake()
        _Process.mail.wake()

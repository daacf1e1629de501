"""The notify process: `python -m notifier.main`. Delivers what is due in the delivery queue and sends what is due in the mail queue
and in the queue of events for webhooks.

Wake-ups arrive through the queue `notify`.
"""

import logging
import sys
import threading

from notifier.copy_sender import CopySender
from notifier.dispatcher import Dispatcher, open_dispatcher
from notifier.hooks.sender import HookSender, open_hook_sender
from notifier.jobs import install
from notifier.mail_sender import MailSender
from tracker.actions.ops.hosts import start_process
from tracker.base.errors import BadSetting
from tracker.base.log import set_up
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.rq_worker import run_worker

_LAST_SECONDS = 2.0


def main() -> int:
    """Runs until SIGTERM or SIGINT. MongoDB and Redis may be unavailable at the start or later."""
    try:
        settings = load()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_private_umask()
    set_up(settings.log_level)
    deps = start_process(settings, "notify")
    dispatcher = open_dispatcher(deps)
    mail = MailSender(deps)
    copies = CopySender(deps, mail.wake)
    hooks = open_hook_sender(deps)
    install(deps, dispatcher, mail, copies, hooks)
    dispatcher.start()
    mail.start()
    copies.start()
    hooks.start()
    deps.wake.renew("notify")
    logging.getLogger(__name__).info("ready")
    run_worker("notify", settings.redis_url, before_exit=lambda: _stop(dispatcher, mail, copies, hooks))
    logging.shutdown()
    return 0


def _stop(dispatcher: Dispatcher, *senders: MailSender | CopySender | HookSender) -> None:
    """All within `_LAST_SECONDS`."""
    endings = [threading.Thread(target=sender.stop, args=(_LAST_SECONDS,), name="stop mail") for sender in senders]
    for ending in endings:
        ending.start()
    dispatcher.stop(_LAST_SECONDS)
    for ending in endings:
        ending.join(_LAST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

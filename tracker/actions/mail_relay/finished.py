"""Removal of accepted mails whose recipients are all done, and of bytes that belong to none. Called by the notifier and the schedule."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.mail_relay import kept_bytes, mail_files
from tracker.domain.mail.accepted_mail import AcceptedMail

_LOOK_AGAIN = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_KEPT_FOR = timedelta(days=7)
"""How long the bytes stay for a message that failed and may be sent again."""
_ORPHANED = timedelta(days=1)
"""Bytes without a row belong to a client that never got an answer, or to a mail that ended when a process died."""


def remove_finished(deps: Deps, most: int) -> int:
    """Looks at mails that were routed, and removes those whose recipients are all done, and their bytes; returns how many it removed."""
    count = 0
    for _ in range(most):
        accepted = deps.store.accepted_mails.claim(deps.now(), _LOOK_AGAIN, is_routed=True)
        if accepted is None:
            break
        is_old = deps.now() - accepted.accepted_at > _KEPT_FOR
        messages, copies = deps.store.of(accepted.workspace).messages, deps.store.relayed_copies
        if messages.is_relay_open(accepted.id, failed_too=not is_old) or copies.is_open(accepted.workspace, accepted.id):
            deps.store.accepted_mails.look_again(accepted, _next_look(accepted, deps.now()))
            continue
        deps.store.accepted_mails.remove(accepted)
        kept_bytes.remove(deps, accepted.workspace, accepted.id)
        count += 1
    return count


def remove_orphans(deps: Deps, now: datetime) -> None:
    """Removes bytes without a row. A periodic task."""
    before = now - _ORPHANED
    kept, files = deps.store.mail_bytes.older(before), mail_files.names(deps.settings, before)
    known = deps.store.accepted_mails.existing({*kept, *files}) if kept or files else {}
    for mail in kept.keys() - known.keys():
        deps.store.mail_bytes.remove(kept[mail], mail)
    for name in set(files) - known.keys():
        mail_files.remove(deps.settings, name)


def _next_look(accepted: AcceptedMail, now: datetime) -> datetime:
    """Soon after it was accepted, since most are done then; later and later for what waits or failed."""
    pause = min(max((now - accepted.accepted_at) / 4, _LOOK_AGAIN), _LONGEST_PAUSE)
    return max(min(now + pause, accepted.accepted_at + _KEPT_FOR + _LOOK_AGAIN), now + _LOOK_AGAIN)

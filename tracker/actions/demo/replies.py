"""Replies of two leads of the demo, so that its inbox shows one that was answered and one that waits. Called by `demo`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tracker.actions.demo.rows import leads_in_order
from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.outcomes import record_reply
from tracker.domain.mail.message import Message

_ANSWERED = "Thank you. Can Fernway plan two depots in one run? Ours share six vans."
_WAITING = "Thanks for the offer, the price is within our budget. Could we begin with one depot, and add the others in spring?"
_AFTER = timedelta(hours=2)
_QUIET = timedelta(hours=3)
"""So old at least: alerts about replies of the history would come late."""


def add_replies(deps: Deps, workspace: str, now: datetime) -> None:
    """Adds them to the history of a new demo. Repeating it changes nothing."""
    waiting, answered = None, None
    for emails in _emails(deps, workspace):
        first, last = emails[0], emails[-1]
        if answered is None and len(emails) > 1 and _sent(last) - _sent(first) > _AFTER:
            answered = first
        elif waiting is None and _sent(last) + _AFTER < now - _QUIET:
            waiting = last
    for message, text in ((answered, _ANSWERED), (waiting, _WAITING)):
        if message is not None:
            record_reply(deps, message, key="demo", at=_sent(message) + _AFTER, text=text)


def _emails(deps: Deps, workspace: str) -> Iterator[list[Message]]:
    """What reps wrote to each of the most active leads, campaigns left out, oldest first. Not to the first one, who visits the site."""
    for lead in leads_in_order(deps, workspace)[1:12]:
        found = [one for one in deps.store.of(workspace).messages.of_lead(lead.id) if one.campaign is None]
        if found:
            yield sorted(found, key=_sent)


def _sent(message: Message) -> datetime:
    return message.sent_at or message.created_at

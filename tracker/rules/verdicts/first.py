"""The first verdict of an event: what its own request says. Pure; given by workers.drain as the event is stored.

The verdict step of the recompute decides again from all evidence about the message, or about the visit.
"""

from datetime import datetime

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.verdicts.classify import classify
from tracker.rules.verdicts.evidence import MessageEvidence
from tracker.rules.verdicts.networks import Networks
from tracker.rules.verdicts.pages import VisitorEvidence, classify_pages

PERSON = Verdict(Label.HUMAN, 0.8, ("browser",))
RECORDED = Verdict(Label.HUMAN, 1.0, ("recorded",))
"""Of what a rep or a program recorded (sent, call, note): it is no guess."""

_PAGE_KINDS = frozenset({EventKind.VIEW, EventKind.CLICK, EventKind.SUBMIT, EventKind.DOWNLOAD})


def first_verdict(
    event: Event,
    networks: Networks,
    *,
    as_of: datetime | None = None,
    sent_at: datetime | None = None,
    is_demo: bool = False,
    is_https: bool = False,
    is_own: bool = False,
    is_test: bool = False,
) -> Verdict:
    """The verdict that follows from the event alone, as of a moment: by default when it was received.

    `is_own`: its browser is known to be a rep's. `is_test`: its message was sent to a rep.
    """
    as_of = max(event.at, as_of or event.received)
    if event.is_from_mail and event.kind in (EventKind.OPEN, EventKind.CLICK):
        evidence = MessageEvidence(events=(event,), as_of=as_of, sent_at=sent_at, is_demo=is_demo, is_https=is_https, is_test=is_test)
        return classify(evidence, networks).verdicts[event.id]
    if event.kind in _PAGE_KINDS:
        return classify_pages(VisitorEvidence(events=(event,), as_of=as_of, is_demo=is_demo, is_own=is_own), networks)[event.id]
    return PERSON

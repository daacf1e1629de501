"""Repeats: one act that arrives more than once within a second (a proxy's replay, a double click) counts once.

Pure; called by workers.recompute.context for the opens and clicks of one lead. A function of the set of events, not of their arrival.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tracker.domain.activity.event import STANDING, Event, EventKind, Label, Verdict
from tracker.rules.verdicts.first import verdict_of

REPEATED = Verdict(Label.DUPLICATE, 0.9, ("same_second",))


def reclassified(
    events: Iterable[Event], sent: Mapping[str, datetime | None], sealed: datetime | None, *, is_demo: bool
) -> dict[str, Verdict]:
    """New verdicts, by event, of the opens and clicks whose verdict changes.

    The first of several with the same token, link, address and agent in one second keeps its own, the others become duplicates.
    `sent` has the time each message was sent. Events before `sealed` may have lost their agent and keep their verdict.
    """
    found: dict[str, Verdict] = {}
    taken: set[tuple[object, ...]] = set()
    for event in sorted(events, key=lambda event: event.order):
        if not event.is_from_mail or event.kind not in (EventKind.OPEN, EventKind.CLICK) or (sealed and event.at < sealed):
            continue
        own = event.verdict
        if own.label is Label.DUPLICATE:
            own = verdict_of(event, sent.get(event.message or ""), is_demo=is_demo)
        if own.label in STANDING:
            act = (event.kind, event.message, event.share, event.link, event.address, event.agent, event.at.replace(microsecond=0))
            if act in taken:
                own = REPEATED
            taken.add(act)
        if own != event.verdict:
            found[event.id] = own
    return found

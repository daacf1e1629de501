"""Repeats: one act that reached us more than once within a second (a proxy's replay, a double click) counts once.

Pure; called by workers.recompute.leads for the opens and clicks of one lead. A function of the set of events: arrival does not matter.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tracker.domain.activity.event import STANDING, Event, EventKind, Label, Verdict
from tracker.rules.verdicts.first import verdict_of

REPEATED = Verdict(Label.DUPLICATE, 0.9, ("same_second",))


def reclassified(
    events: Iterable[Event], sent: Mapping[str, datetime | None], sealed: datetime | None, *, is_demo: bool
) -> dict[str, Verdict]:
    """New verdicts, by event, of those opens and clicks whose verdict is to be another.

    The first of several with the same token, link, address and agent in one second keeps its own, the others become duplicates.
    `sent` has the time each message was sent. What is older than `sealed` may have lost its agent and stays as it is.
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

"""Classifies what a browser did on the company's site: one verdict for each visit, from all of its events. Pure; called by workers.

A visit that a machine's click brought is the machine's, unless a person was seen in it. Clicks are classified first, from raw evidence of
their landing pages, never from the verdicts given here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.visit import GAP
from tracker.rules.verdicts.networks import NetworkClass, Networks
from tracker.rules.verdicts.reasons import MACHINE, PERSON
from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of

_OVER_AFTER = timedelta(seconds=30)
_MACHINE_LABELS = frozenset({Label.SCANNER, Label.PREFETCH})
_PERSON_LABELS = frozenset({Label.HUMAN})


class VisitorEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All page events of one browser around a moment, and what is known of the clicks that brought it."""

    events: tuple[Event, ...]
    inputs: Mapping[str, int | None] = {}
    """Trusted inputs by page view; None or missing where the snippet did not report them."""
    brought: Mapping[str, Label] = {}
    """Labels of the clicks that landing tokens name, by click."""
    pinned: Mapping[str, str] = {}
    """By event: `person`, `machine` or `me`, as a rep corrected it."""
    is_own: bool = False
    """Whether the browser is a rep's."""
    tests: frozenset[str] = frozenset()
    """Clicks in test mails to the team: the visits that they brought are a person's, also in a rep's browser."""
    as_of: datetime
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    """The events of one visit."""

    events: Sequence[Event]
    evidence: VisitorEvidence
    networks: Networks

    @property
    def inputs(self) -> int | None:
        """Trusted inputs on all its pages; None where none of them reported any."""
        known = [n for e in self.events if e.page and (n := self.evidence.inputs.get(e.page)) is not None]
        return sum(known) if known else None

    @property
    def has_person(self) -> bool:
        """Whether trusted input, or a form sent by it, was seen."""
        return bool(self.inputs) or any("trusted" in e.signs for e in self.events)

    @property
    def is_own(self) -> bool:
        """Whether it is a rep's visit, and no test."""
        return self.evidence.is_own and not any(e.landing in self.evidence.tests for e in self.events)

    @property
    def over_at(self) -> datetime:
        """When nothing more is expected of its last page."""
        return self.events[-1].at + _OVER_AFTER

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of its last page."""
        return self.evidence.as_of >= self.over_at

    @property
    def may_lack_input(self) -> bool:
        """Whether no input was reported until now, which is a sign once the visit is over, unless a person's click brought it."""
        return self.inputs == 0 and not self.has_person and not self.is_brought_by(_PERSON_LABELS)

    def has_agent(self, *kinds: AgentKind) -> bool:
        """Whether any of its events carries such an agent."""
        return any(agent_of(agent).kind in kinds for agent in {e.agent for e in self.events})

    def is_from(self, *kinds: NetworkClass) -> bool:
        """Whether it came from such a network."""
        return any(self.networks.of(address).class_ in kinds for address in {e.address for e in self.events})

    def is_automated(self) -> bool:
        """`navigator.webdriver`, or headless Chrome by its client hints."""
        return any("webdriver" in e.signs or "headless" in e.headers.get("sec-ch-ua", "").lower() for e in self.events)

    def is_brought_by(self, labels: frozenset[Label]) -> bool:
        """Whether a click that brought the browser has one of these labels."""
        return any(self.evidence.brought.get(e.landing or "") in labels for e in self.events)


@dataclass(frozen=True, slots=True)
class PageReason:
    """One sign of a visit. Points count towards a machine."""

    name: str
    points: int
    when: Callable[[_Run], bool]


PAGE_REASONS = (
    PageReason("own_browser", 10, lambda run: run.is_own),
    PageReason("robot_agent", 8, lambda run: run.has_agent(AgentKind.ROBOT)),
    PageReason("link_preview", 8, lambda run: run.has_agent(AgentKind.PREVIEWER)),
    PageReason("no_agent", 6, lambda run: run.has_agent(AgentKind.NONE)),
    PageReason("exchange_online_network", 6, lambda run: run.is_from(NetworkClass.EOP)),
    PageReason("mail_security_network", 4, lambda run: run.is_from(NetworkClass.MAIL_SECURITY)),
    PageReason("cloud", 2, lambda run: run.is_from(NetworkClass.CLOUD)),
    PageReason("automated_browser", 4, _Run.is_automated),
    PageReason("brought_by_machine", 4, lambda run: run.is_brought_by(_MACHINE_LABELS)),
    PageReason("no_input", 1, lambda run: run.is_over and run.may_lack_input),
    PageReason("input_on_page", -8, lambda run: run.has_person),
)
"""The sum decides as for clicks: three or more a machine, none or less a person, *unsure* between. `own_browser` decides alone."""


def classify_pages(evidence: VisitorEvidence, networks: Networks) -> dict[str, Verdict]:
    """The verdict of every event of the browser, by event."""
    found: dict[str, Verdict] = {}
    for events in _runs(evidence.events):
        # A rep who corrects one event of a visit speaks of the whole visit; the last correction counts.
        pinned = [evidence.pinned[event.id] for event in events if event.id in evidence.pinned]
        verdict = _corrected(pinned[-1] if pinned else None) or _verdict(_Run(events, evidence, networks))
        found |= {event.id: verdict for event in events}
    return found | _double_submits(event for event in evidence.events if event.id not in evidence.pinned)


def next_look(evidence: VisitorEvidence, networks: Networks) -> datetime | None:
    """When the absence of input becomes known for a visit that is not over yet; None where there is nothing to wait for."""
    runs = (_Run(events, evidence, networks) for events in _runs(evidence.events))
    return min((run.over_at for run in runs if not run.is_over and run.may_lack_input), default=None)


def same_visit(events: Iterable[Event], event: str) -> list[Event]:
    """Those page events of one browser that belong to the visit of this event."""
    return next((run for run in _runs(events) if any(e.id == event for e in run)), [])


def _runs(events: Iterable[Event]) -> list[list[Event]]:
    runs: list[list[Event]] = []
    for event in sorted(events, key=lambda each: each.order):
        if not runs or event.at - runs[-1][-1].at >= GAP:
            runs.append([])
        runs[-1].append(event)
    return runs


def _verdict(run: _Run) -> Verdict:
    if run.evidence.is_demo and not run.has_agent(AgentKind.NONE):
        return Verdict(Label.HUMAN, 0.9, ("demo",))
    spoken = {reason.name: reason.points for reason in PAGE_REASONS if reason.when(run)}
    total, reasons = sum(spoken.values()), tuple(spoken)
    if "own_browser" in spoken:
        return Verdict(Label.SELF, 0.9, reasons)
    if total >= MACHINE:
        return Verdict(Label.SCANNER, 0.9, reasons)
    if total > PERSON:
        return Verdict(Label.UNSURE, 0.5, reasons)
    return Verdict(Label.HUMAN, 0.9 if run.has_person else 0.8, reasons or ("browser",))


def _corrected(pinned: str | None) -> Verdict | None:
    labels = {"person": Label.HUMAN, "machine": Label.SCANNER, "me": Label.SELF}
    return Verdict(labels[pinned], 1.0, ("corrected",)) if pinned in labels else None


def _double_submits(events: Iterable[Event]) -> dict[str, Verdict]:
    """A form that was sent twice within a second counts once."""
    found: dict[str, Verdict] = {}
    last: dict[tuple[str | None, str | None], datetime] = {}
    for event in sorted((e for e in events if e.kind is EventKind.SUBMIT), key=lambda each: each.order):
        key = (event.page, event.target)
        if key in last and event.at - last[key] < timedelta(seconds=1):
            found[event.id] = Verdict(Label.DUPLICATE, 0.9, ("same_second",))
        else:
            last[key] = event.at
    return found

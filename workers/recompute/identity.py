"""Deciding which lead each visitor belongs to. Called by workers.recompute.visitors."""

from collections.abc import Collection
from dataclasses import dataclass

from tracker.domain.activity.event import Event
from tracker.domain.activity.visitor import Visitor
from tracker.rules.identity import Claim, Identity, identities, spans
from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of
from tracker.store.core.run_parallel import run_parallel
from tracker.store.store import WorkspaceStore

_ROBOTS = frozenset({AgentKind.ROBOT, AgentKind.PREVIEWER})


@dataclass(frozen=True, slots=True)
class IdentityDecisions:
    """The identities of a batch of visitors."""

    visitors: dict[str, Visitor]
    """All decided visitors as they are now, by id."""
    rebound: dict[str, Visitor]
    """Those whose bindings changed, as they were before."""
    stored: frozenset[str]
    """The visitors that have a stored row."""
    clicks: dict[str, Event]
    """The clicks that the visitors claim, by id."""


def decide_identities(store: WorkspaceStore, marked: Collection[str]) -> IdentityDecisions:
    """Decides the identities of the marked visitors, and of others that presented the same landing tokens; binds their events."""
    visitors, claims, former = _claims(store, marked)
    events = {event.id: event for event in store.events.by_ids({name for claim in claims for name in (claim.click, claim.event)})}
    clicks = {claim.click: events[claim.click] for claim in claims if claim.click in events}
    decided = identities(visitors, [claim for claim in claims if not _is_robot(events.get(claim.event))], clicks)
    now = {name: _visitor(store.workspace, name, identity) for name, identity in decided.items()}
    before = {name: former.get(name) or Visitor(id=name, workspace=store.workspace) for name in now}
    rebound = {name: before[name] for name, visitor in now.items() if visitor != before[name]}
    store.events.bind({name: spans(now[name].bindings) for name in now if name in rebound or (name in marked and now[name].bindings)})
    return IdentityDecisions(now, rebound, frozenset(former), clicks)


def _is_robot(landing: Event | None) -> bool:
    """Whether a program presented the landing token, by verdict and agent: its claim takes nothing from the person who presents it next."""
    return landing is not None and not landing.stands and agent_of(landing.agent).kind in _ROBOTS


def _claims(store: WorkspaceStore, marked: Collection[str]) -> tuple[set[str], list[Claim], dict[str, Visitor]]:
    """The visitors to decide, all claims on the clicks that they claim, and the visitors as they are stored."""
    own, former = run_parallel(lambda: store.claims.of_visitors(marked), lambda: store.visitors.by_ids(marked))
    claims = store.claims.on_clicks({claim.click for claim in own}) if own else []
    visitors = {*marked, *(claim.visitor for claim in claims)}
    if len(visitors) > len(marked):
        theirs, former = run_parallel(lambda: store.claims.of_visitors(visitors), lambda: store.visitors.by_ids(visitors))
        claims = store.claims.on_clicks({claim.click for claim in theirs})
    return visitors, claims, former


def _visitor(workspace: str, name: str, identity: Identity) -> Visitor:
    return Visitor(id=name, workspace=workspace, bindings=identity.bindings, forwarded=identity.forwarded)

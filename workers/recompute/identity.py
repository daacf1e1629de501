"""Deciding which lead each visitor belongs to, and which browsers are the reps' own. Called by workers.recompute."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tracker.domain.activity.event import Event, Label
from tracker.domain.activity.own_browser import OWN, marked_at
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


@dataclass(frozen=True, slots=True)
class RepBrowsers:
    """The browsers of reps."""

    own: frozenset[str]
    reread: frozenset[str]
    """Browsers that became or ceased to be a rep's, or may have: all their page events get another verdict."""


def decide_identities(store: WorkspaceStore, marked: Collection[str]) -> IdentityDecisions:
    """Decides the identities of the marked visitors, and of others that presented the same landing tokens; binds their events."""
    visitors, claims, former = _claims(store, marked)
    events = _events_of(store, claims)
    clicks = {claim.click: events[claim.click] for claim in claims if claim.click in events}
    decided = identities(visitors, _of_browsers(claims, events), clicks)
    now = {name: _visitor(store.workspace, name, identity) for name, identity in decided.items()}
    before = {name: former.get(name) or Visitor(id=name, workspace=store.workspace) for name in now}
    rebound = {name: before[name] for name, visitor in now.items() if visitor != before[name]}
    store.events.bind({name: spans(now[name].bindings) for name in now if name in rebound or (name in marked and now[name].bindings)})
    return IdentityDecisions(now, rebound, frozenset(former), clicks)


def rep_browsers(store: WorkspaceStore, names: Collection[str], claims: Iterable[Claim], events: Mapping[str, Event]) -> RepBrowsers:
    """The reps' own browsers among these visitors, and among all that followed a click which carries a rep's mark.

    `claims` are those near the marked moments, `events` opens and clicks with verdicts that are not saved yet. Reads more only where
    there is such a browser or click.
    """
    known = {name for name, visitor in store.visitors.by_ids(names).items() if visitor.own}
    marks = {claim.click for claim in claims if _carries_mark(claim.click, events)}
    followers = {claim.visitor for claim in store.claims.on_clicks(marks)} if marks else set()
    concerned = known | followers
    if not concerned:
        return RepBrowsers(frozenset(), frozenset())
    every = store.claims.on_clicks({claim.click for claim in store.claims.of_visitors(concerned)})
    found = {**_events_of(store, every), **events}
    decided = identities(concerned, _of_browsers(every, found), found)
    own = {name for name, identity in decided.items() if identity.own}
    return RepBrowsers(frozenset(own), frozenset(followers | (known ^ own)))


def _carries_mark(click: str, events: Mapping[str, Event]) -> bool:
    return marked_at(click) is not None or (click in events and OWN in events[click].signs)


def _events_of(store: WorkspaceStore, claims: Iterable[Claim]) -> dict[str, Event]:
    """The claimed clicks, and the page events with which they were claimed."""
    return {event.id: event for event in store.events.by_ids({name for claim in claims for name in (claim.click, claim.event)})}


def _of_browsers(claims: Iterable[Claim], events: Mapping[str, Event]) -> list[Claim]:
    return [claim for claim in claims if not _is_robot(events.get(claim.event))]


def _is_robot(landing: Event | None) -> bool:
    """Whether a program presented the landing token, by verdict and agent: its claim takes nothing from the person who presents it next."""
    if landing is None or landing.stands or landing.verdict.label is Label.SELF:  # a rep's browser is so by this claim
        return False
    return agent_of(landing.agent).kind in _ROBOTS


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
    return Visitor(id=name, workspace=workspace, bindings=identity.bindings, forwarded=identity.forwarded, own=identity.own)

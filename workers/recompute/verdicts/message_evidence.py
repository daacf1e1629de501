"""Loads the evidence around messages: one query a collection for all of them. Called by workers.recompute.verdicts.decide."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.actions.deps import Deps
from tracker.actions.team.own_addresses import leads_of_team
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.own_browser import OWN, REP_ADDRESS
from tracker.domain.activity.visit import Dwell
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import origin
from tracker.rules.identity import Claim
from tracker.rules.verdicts.evidence import Landing, MessageEvidence, Probe, Recipient
from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of
from tracker.store.core.run_parallel import run_parallel
from tracker.store.store import WorkspaceStore
from workers.recompute.verdicts.page_rows import PageRows, load_page_rows
from workers.recompute.verdicts.recipients import load_recipients
from workers.recompute.visit_history import Range

_STAY = timedelta(minutes=30)
"""A landing is followed for so long."""
_LATELY = timedelta(days=1)
_UNKNOWN = Recipient()


_OWN_SIGNS = frozenset({OWN, REP_ADDRESS})
_ROBOTS = frozenset({AgentKind.ROBOT, AgentKind.PREVIEWER, AgentKind.NONE})


class MessageRows(NamedTuple):
    """What is stored about some messages and share links."""

    events: dict[str, list[Event]]
    """Opens and clicks by message or share link."""
    briefs: Mapping[str, MessageBrief]
    claims: list[Claim]
    """All claims on these clicks."""
    landings: dict[str, Landing]
    probes: Mapping[str, Collection[Probe]]
    live_clicks: frozenset[str]
    recipients: Mapping[str, Recipient]
    """By message; unknown ones are missing."""
    team: frozenset[str]
    """Leads with the address of a rep: what is sent to them is a test."""
    trials: frozenset[str]
    """Share links that set-up made for a rep who tries it: tests, too."""
    pages: PageRows
    """What the browsers did that followed the clicks, and the marked ones."""


def load_message_rows(
    deps: Deps, workspace: Workspace, store: WorkspaceStore, events: Collection[Event], marked: Mapping[str, Range]
) -> MessageRows:
    """All stored evidence about the messages and share links of these opens and clicks, and about the marked browsers."""
    messages = {e.message for e in events if e.message}
    found, briefs, probes = run_parallel(
        lambda: store.events.of_messages(messages),
        lambda: store.messages.briefs(messages),
        lambda: deps.store.evidence.of_messages(workspace.id, messages),
    )
    own = {event.id: event for event in [*found, *(e for e in events if e.share)]}
    clicks = [event for event in own.values() if event.kind is EventKind.CLICK]
    claims = store.claims.on_clicks(event.id for event in clicks) if clicks else []
    by_rep = [event for event in own.values() if not _OWN_SIGNS.isdisjoint(event.signs)]
    trials = store.shares.trials(event.share for event in by_rep if event.share)
    pages, live_clicks, recipients, team = run_parallel(
        lambda: load_page_rows(store, claims, marked),
        lambda: _live_clicks(workspace, store, clicks),
        lambda: load_recipients(deps, workspace, briefs.values()),
        lambda: leads_of_team(store, (event.lead for event in by_rep if event.lead)),
    )
    grouped: dict[str, list[Event]] = {}
    for event in own.values():
        grouped.setdefault(event.message or event.share or "", []).append(event)
    return MessageRows(grouped, briefs, claims, _landings(claims, pages), probes, live_clicks, recipients, team, trials, pages)


def evidence_of(key: str, rows: MessageRows, workspace: Workspace, as_of: datetime, *, is_https: bool) -> MessageEvidence:
    """The evidence about one message or share link."""
    brief = rows.briefs.get(key)
    is_test = key in rows.trials or any(event.lead in rows.team for event in rows.events[key])
    return MessageEvidence(
        events=tuple(rows.events[key]),
        as_of=as_of,
        sent_at=brief.sent_at if brief else None,
        probes=tuple(rows.probes.get(key, ())),
        landings=rows.landings,
        recipient=rows.recipients.get(key, _UNKNOWN),
        live_clicks=rows.live_clicks,
        rep_addresses=frozenset() if is_test else frozenset(e.address for e in rows.events[key] if REP_ADDRESS in e.signs),
        is_test=is_test,
        pinned={event.id: event.correction for event in rows.events[key] if event.correction},
        is_demo=workspace.is_demo,
        is_https=is_https,
    )


def _landings(claims: Iterable[Claim], pages: PageRows) -> dict[str, Landing]:
    """What the first browser that followed each click did afterwards. A robot that presents the same token is no browser."""
    found: dict[str, Landing] = {}
    for claim in sorted(claims, key=lambda each: each.order):
        own = pages.events.get(claim.visitor, [])
        if claim.click not in found and not _is_robot(own) and (landing := _landing(claim, own, pages.dwells)):
            found[claim.click] = landing
    return found


def _is_robot(events: Iterable[Event]) -> bool:
    return any(agent_of(agent).kind in _ROBOTS for agent in {event.agent for event in events})


def _landing(claim: Claim, events: Iterable[Event], dwells: Mapping[tuple[str, str], Dwell]) -> Landing | None:
    own = [e for e in events if claim.at <= e.at <= claim.at + _STAY]
    views = [e for e in own if e.kind is EventKind.VIEW]
    if not views:
        return None
    read = [dwell for page in {e.page for e in views if e.page} if (dwell := dwells.get((claim.visitor, page)))]
    inputs = [dwell.inputs for dwell in read if dwell.inputs is not None]
    return Landing(
        first_view_at=views[0].at,
        pages=len({e.url for e in views}),
        inputs=sum(inputs) if inputs else None,
        submitted=any(e.kind is EventKind.SUBMIT and "trusted" in e.signs for e in own),
        signs=frozenset(sign for e in own for sign in e.signs),
        last_at=max([own[-1].at, *(dwell.last_at for dwell in read if dwell.last_at)]),
    )


def _live_clicks(workspace: Workspace, store: WorkspaceStore, clicks: Collection[Event]) -> frozenset[str]:
    """The clicks to sites whose snippet worked: it had reported a view in the day before the click."""
    sites = {o: site.key for site in workspace.sites if site.first_seen_at for o in site.origins}
    found: set[str] = set()
    views: dict[str, list[datetime]] = {}
    for click in sorted(clicks, key=lambda each: each.at):
        site = sites.get(origin(click.url or ""))
        if site is None:
            continue
        known = views.setdefault(site, [])
        if not any(click.at - _LATELY <= at < click.at for at in known):
            at = store.events.last_view(site, click.at - _LATELY, click.at)
            known += [at] if at else []
        if any(click.at - _LATELY <= at < click.at for at in known):
            found.add(click.id)
    return frozenset(found)

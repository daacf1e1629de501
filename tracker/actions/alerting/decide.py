"""Which alerts follow from what is loaded about a lead. The same function decides live and previews a rule. Reads and writes nothing."""

from collections.abc import Sequence

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.custom_rule import RuleTrigger
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.custom.lead_as_of import LeadPast
from tracker.rules.alerting.custom.matcher import RuleMatcher
from tracker.rules.alerting.custom.triggers import TriggerFacts
from tracker.rules.alerting.episodes import Episode
from tracker.rules.alerting.hot import crossings
from tracker.rules.alerting.rules import AlertDraft, LeadHistory, decide
from tracker.rules.mail.proposals import proposals_of
from tracker.rules.message_engagement import opened_before
from tracker.rules.scoring.daily_facts import PRICING


def decide_alerts(workspace: Workspace, context: LeadContext, episodes: Sequence[Episode], moves: Sequence[Move]) -> list[AlertDraft]:
    """The alerts of these episodes, in canonical order. `moves`: all of the lead's stage."""
    return decide(episodes, _history(workspace, context, moves), workspace.policy)


def lead_past(workspace: Workspace, context: LeadContext, moves: Sequence[Move]) -> LeadPast:
    """What the lead was like at earlier moments."""
    return LeadPast(context.lead, context.company, context.messages, moves, context.progress, workspace)


def _history(workspace: Workspace, context: LeadContext, moves: Sequence[Move]) -> LeadHistory:
    book, owner = context.custom.book, context.lead.owner
    older = [event for event in context.older if event.kind is not EventKind.REPLY]
    return LeadHistory(
        opened={e.message for e in older if e.stands and e.message} | opened_before(context.messages, workspace.sealed_before),
        others={e.message for e in older if e.stands and e.reader and e.message},
        pricing_episode="earlier" if any(PRICING in day.counts for day in context.before) else None,
        messages={message.id: message for message in context.messages},
        proposals=proposals_of(context.messages, workspace.policy.proposal_words),
        watched=context.watched,
        owner_since=context.lead.owner_since or context.lead.created_at,
        alerted_views=context.alerted_views,
        hot=_crossings(workspace, context, workspace.policy.hot_score),
        custom=None if book.is_empty else _matcher(workspace, context, moves),
        priority_of=lambda rule, at: book.priority_of(rule, owner, at),
    )


def _matcher(workspace: Workspace, context: LeadContext, moves: Sequence[Move]) -> RuleMatcher:
    custom, lead = context.custom, context.lead
    contents = [revision.content for rule in custom.book.of_owner(lead.owner) for revision in rule.revisions]
    scores = {content.number for content in contents if content.trigger is RuleTrigger.SCORE}
    return RuleMatcher(
        custom.book,
        lead_past(workspace, context, moves),
        TriggerFacts(custom.labels, {score: _crossings(workspace, context, score) for score in scores}),
        earlier=custom.earlier.get(lead.id, ()),
        made=custom.made,
    )


def _crossings(workspace: Workspace, context: LeadContext, threshold: int) -> frozenset[str]:
    return crossings(context.progress, context.events, context.lead, context.company, context.messages, workspace, threshold)

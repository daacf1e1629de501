"""The repositories of one workspace. Its fields are the list of them; `Store` indexes them."""

from typing import TYPE_CHECKING

from tracker.store.activity.claims import Claims
from tracker.store.activity.daily_facts import DailyFacts
from tracker.store.activity.dwell import Dwells
from tracker.store.activity.events import Events
from tracker.store.activity.forms import Forms
from tracker.store.activity.visitors import Visitors
from tracker.store.activity.visits import Visits
from tracker.store.alerting.alerts import Alerts
from tracker.store.alerting.channels import Channels
from tracker.store.alerting.custom_rules import CustomRules
from tracker.store.alerting.deliveries import Deliveries
from tracker.store.alerting.watched_pages import WatchedPages
from tracker.store.core.repository import Connection, WorkspaceRepository, declared_repositories
from tracker.store.duplicates.duplicate_pairs import DuplicatePairs
from tracker.store.hooks.hook_events import HookEvents
from tracker.store.hooks.hooks import Hooks
from tracker.store.imports.lead_imports import ImportBatches, ImportChanges, ImportFiles, LeadImports
from tracker.store.leads.changes import LeadChanges
from tracker.store.leads.companies import Companies
from tracker.store.leads.consents import ConsentHistory
from tracker.store.leads.leads import Leads
from tracker.store.leads.lists import LeadLists
from tracker.store.mail.attachments import Attachments
from tracker.store.mail.conversations import Conversations
from tracker.store.mail.domain_days import DomainDays
from tracker.store.mail.messages import Messages
from tracker.store.mail.scan_profiles import ScanProfiles
from tracker.store.mail.share_links import ShareLinks
from tracker.store.mail.snippets import Snippets
from tracker.store.mail.templates import Templates
from tracker.store.ops.audit import AuditLog
from tracker.store.outreach.campaigns import CampaignRecipients, Campaigns
from tracker.store.outreach.sequences import Enrolments, Sequences
from tracker.store.pipeline.automations import AutomationEffects, AutomationLog, Automations
from tracker.store.pipeline.board_totals import BoardTotalRecords
from tracker.store.pipeline.costs import Costs
from tracker.store.pipeline.held_inquiries import HeldInquiries
from tracker.store.pipeline.inquiries import Inquiries
from tracker.store.pipeline.notes import Notes
from tracker.store.pipeline.rates import Rates
from tracker.store.pipeline.sales import Sales
from tracker.store.pipeline.source_history import SourceHistory
from tracker.store.pipeline.stage_moves import StageMoves
from tracker.store.pipeline.tasks import Tasks
from tracker.store.privacy.erasures import Erasures
from tracker.store.privacy.tombstones import Tombstones
from tracker.store.privacy.untracked import UntrackedCounts
from tracker.store.reports.event_days import EventDays
from tracker.store.reports.remains import ReportRemains
from tracker.store.reports.report_blocks import ReportBlocks
from tracker.store.reports.saved_reports import SavedReports
from tracker.store.reports.targets import Targets
from tracker.store.reports.visit_days import VisitDays
from tracker.store.reports.week_warnings import WeekWarningRecords
from tracker.store.reports.weekly_mails import WeeklyMails
from tracker.store.team.assignment_turns import AssignmentTurns
from tracker.store.team.rep_mailboxes import RepMailboxes
from tracker.store.team.reps import Reps
from tracker.store.workspace.inquiry_mailboxes import InquiryMailboxes, InquiryMails
from tracker.store.workspace.refusals import Refusals
from tracker.store.workspace.sources import Sources


class WorkspaceStore:
    """The repositories of one workspace: no other workspace's records can be reached through them.

    Each is made when it is first used: most requests and jobs use a few of sixty.
    """

    workspace: str
    events: Events
    visits: Visits
    visitors: Visitors
    dwell: Dwells
    claims: Claims
    forms: Forms
    facts: DailyFacts
    domain_days: DomainDays
    scan_profiles: ScanProfiles
    moves: StageMoves
    alerts: Alerts
    deliveries: Deliveries
    leads: Leads
    lists: LeadLists
    saved_reports: SavedReports
    targets: Targets
    duplicate_pairs: DuplicatePairs
    consents: ConsentHistory
    changes: LeadChanges
    imports: LeadImports
    import_files: ImportFiles
    import_batches: ImportBatches
    import_changes: ImportChanges
    companies: Companies
    messages: Messages
    conversations: Conversations
    attachments: Attachments
    templates: Templates
    snippets: Snippets
    sequences: Sequences
    enrolments: Enrolments
    campaigns: Campaigns
    campaign_recipients: CampaignRecipients
    shares: ShareLinks
    reps: Reps
    channels: Channels
    watched_pages: WatchedPages
    hooks: Hooks
    hook_events: HookEvents
    alert_rules: CustomRules
    assignment_turns: AssignmentTurns
    automations: Automations
    automation_log: AutomationLog
    automation_effects: AutomationEffects
    tasks: Tasks
    sales: Sales
    notes: Notes
    board_totals: BoardTotalRecords
    report_blocks: ReportBlocks
    visit_days: VisitDays
    event_days: EventDays
    report_remains: ReportRemains
    rates: Rates
    costs: Costs
    inquiries: Inquiries
    held_inquiries: HeldInquiries
    audit: AuditLog
    untracked: UntrackedCounts
    refusals: Refusals
    erasures: Erasures
    tombstones: Tombstones
    sources: Sources
    source_history: SourceHistory
    rep_mailboxes: RepMailboxes
    inquiry_mailboxes: InquiryMailboxes
    inquiry_mails: InquiryMails
    weekly_mails: WeeklyMails
    week_warnings: WeekWarningRecords

    def __init__(self, connection: Connection, workspace: str) -> None:
        self.workspace = workspace
        self._connection = connection

    if not TYPE_CHECKING:  # types are those of the fields

        def __getattr__(self, name: str) -> WorkspaceRepository:
            if name not in WORKSPACE_REPOSITORIES:
                raise AttributeError(name)
            made = WORKSPACE_REPOSITORIES[name](self._connection, self.workspace)
            setattr(self, name, made)
            return made


WORKSPACE_REPOSITORIES: dict[str, type[WorkspaceRepository]] = declared_repositories(WorkspaceStore)

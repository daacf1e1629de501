"""What is known of the recipients of messages: their domains' mail services, and what was learned of scans there."""

from collections.abc import Iterable
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.mail.mail_domain import MailDomain
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.verdicts.evidence import Recipient, ScanProfile
from tracker.rules.verdicts.learning import profile_day
from tracker.store.core.run_parallel import run_parallel


def load_recipients(deps: Deps, workspace: Workspace, briefs: Iterable[MessageBrief]) -> dict[str, Recipient]:
    """The recipients of these messages, by message: one query for the mail services, and one for the profiles.

    Each is read with what was known at the message's own time: a later look-up or day changes no verdict.
    """
    sent = {brief.id: (brief.domain, brief.sent_at) for brief in briefs if brief.domain}
    days = {(domain, profile_day(sent_at)) for domain, sent_at in sent.values() if sent_at}
    if not sent:
        return {}
    services, profiles = run_parallel(
        lambda: deps.store.mail_domains.by_names(domain for domain, _ in sent.values()),
        lambda: deps.store.of(workspace.id).scan_profiles.of_days(days) if workspace.policy.learn_domains else {},
    )
    return {
        message: _recipient(domain, sent_at, services.get(domain), profiles.get((domain, profile_day(sent_at))) if sent_at else None)
        for message, (domain, sent_at) in sent.items()
    }


def _recipient(domain: str, sent_at: datetime | None, known: MailDomain | None, profile: ScanProfile | None) -> Recipient:
    service = known.service_at(sent_at) if known and sent_at else None
    return Recipient(domain=domain, scans=service.scans if service else None, scan_profile=profile)

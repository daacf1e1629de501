"""The sender check of each workspace, by `leadlight doctor` while Leadlight runs."""

from collections.abc import Iterator

from tracker.actions.deps import Deps
from tracker.actions.mail_server.sender_checks import sender_findings
from tracker.cli.checks.check import Check
from tracker.domain.mail.sender_check import FindingLevel, SenderFinding

_BAD = (FindingLevel.WARN, FindingLevel.FAIL)


def sender_checks(deps: Deps) -> Iterator[Check]:
    """One line for each problem, one where there is none; demo workspaces are skipped. A problem never makes the command fail."""
    for workspace in deps.store.workspaces.all():
        if workspace.is_demo:
            continue
        bad = [finding for finding in sender_findings(deps, workspace) if finding.level in _BAD]
        yield from (Check("Sender", "warn", f"{workspace.name}: {finding.text.removesuffix('.')}", _todo(finding)) for finding in bad)
        if not bad:
            yield Check("Sender", "ok", f"{workspace.name}: no problem found")


def _todo(finding: SenderFinding) -> str:
    record = finding.record
    return f"Set the record: {record.host} {record.type} {record.value}" if record else ""

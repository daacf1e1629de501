"""Composing again at the moment of sending, so that the bytes sent hold what the lead allows then. Called by actions.mail.sending."""

from tracker.actions.deps import Deps
from tracker.actions.mail.compose import compose
from tracker.actions.mail.mail_consent import is_current, mail_consent
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace


def as_allowed_now(deps: Deps, workspace: Workspace, message: Message, lead: Lead, rep: Rep | None) -> Message:
    """The same message where consent has not changed since it was composed; else composed again from its source, and stored.

    Raises Invalid where a merge field has lost its value meanwhile.
    """
    consent = mail_consent(workspace, lead, message.wanted, ask=message.asks_consent, now=deps.now())
    if is_current(message, consent):
        return message
    made = compose(
        deps,
        lead,
        rep,
        message=message.id,
        subject="",  # it is kept as it was filled
        html=message.source_html,
        text=message.source_text,
        tracking=consent.tracking,
        consent=consent,
    )
    return deps.store.of(workspace.id).messages.change(message.id, **made.fields() | {"subject": message.subject}, **consent.fields())

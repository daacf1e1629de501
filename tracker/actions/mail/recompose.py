"""Composing again at the moment of sending, so that the bytes sent hold what the lead allows then. Called by actions.mail.sending."""

from tracker.actions.deps import Deps
from tracker.actions.mail.compose import choice_url, compose
from tracker.actions.mail.mail_consent import is_current, mail_consent
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace


def as_allowed_now(deps: Deps, workspace: Workspace, message: Message, lead: Lead, rep: Rep | None) -> Message:
    """The same message where it holds what consent allows and offers now; else composed again from its source, and stored.

    Raises Invalid where a merge field has lost its value meanwhile.
    """
    consent = mail_consent(workspace, lead, message.wanted, ask=message.asks_consent, now=deps.now())
    has_choice = not consent.shows_choice or choice_url(deps, workspace.id, message.id) in message.html
    if has_choice and is_current(message, consent):
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
        sent_by_us=True,
        consent=consent,
    )
    return deps.store.of(workspace.id).messages.change(message.id, **made.fields() | {"subject": message.subject}, **consent.fields())

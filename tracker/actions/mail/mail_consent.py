"""Consent in mail: how much of a message is tracked, which choice it offers the lead, and both again at the moment of sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.leads.consent_text import ConsentText, text_in
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.consent import Permission, PermissionRule, allowed, lead_language, least, may_ask, sentence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MailConsent:
    """What consent means for one message."""

    wanted: Tracking
    tracking: Tracking
    """The degree: what was wanted, as far as it is allowed."""
    permission: Permission
    asks: bool
    """Whether it asks the lead for permission."""
    words: ConsentText
    """In the language of the lead's country."""

    @property
    def shows_choice(self) -> bool:
        """Whether it carries the tracking-choice link: every tracked message does, once it is decided what leads must allow."""
        is_decided = self.permission.rule is not PermissionRule.UNDECIDED
        return self.asks or (self.tracking is not Tracking.OFF and is_decided)

    @property
    def link_reason(self) -> str:
        """Why links are not tracked where none is (see links.rewrite.REASONS)."""
        return "declined" if self.wanted is Tracking.OFF else "consent"

    @property
    def reason(self) -> str | None:
        """`No tracking: Germany, no permission yet`, where less is tracked than was wanted."""
        return None if self.tracking is self.wanted else sentence_of(self.permission)

    def fields(self) -> dict[str, Any]:
        """The fields of the message that say what consent meant for it."""
        return {
            "requested": self.wanted,
            "allowed": self.permission.degree,
            "tracking_reason": self.reason,
            "asks_consent": self.asks,
        }


def mail_consent(workspace: Workspace, lead: Lead, wanted: Tracking, *, ask: bool, now: datetime) -> MailConsent:
    """What consent means for a message to this lead. `ask` is followed where the lead may be asked now."""
    permission = allowed(lead, workspace.tracking_policy)
    return MailConsent(
        wanted=wanted,
        tracking=least(wanted, permission.degree),
        permission=permission,
        asks=ask and may_ask(lead.tracking_consent, now),
        words=text_in(lead_language(lead, workspace.tracking_policy)),
    )


def is_current(message: Message, now_allowed: MailConsent) -> bool:
    """Whether the message, composed earlier, holds exactly what is allowed now."""
    composed = least(message.wanted, message.allowed)
    return composed is now_allowed.tracking and message.asks_consent == now_allowed.asks

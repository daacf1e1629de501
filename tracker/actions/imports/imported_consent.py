"""Tracking consent from an imported file: the proof names the file and who imported it. Used by `csv_import`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.privacy.consents import record_import
from tracker.domain.leads.consent import PROGRAM, Consent, ConsentState
from tracker.domain.leads.lead import Lead

_LONGEST_NAME = 50
"""Characters of a file's name in the proof."""


@dataclass(frozen=True, slots=True)
class ImportedConsent:
    """How the consents of one file are proven."""

    file_name: str
    """Empty where a program sent the file's content only."""
    actor: str | None
    """The rep who imports; None for a program."""

    def of(self, state: ConsentState, deps: Deps) -> Consent:
        """The consent with its proof."""
        name = "".join(c for c in self.file_name if c.isprintable()).strip()
        how = f"import: {name[:_LONGEST_NAME]}" if name else "import"
        return Consent(state=state, at=deps.now(), how=how, by=self.actor or PROGRAM)

    def for_new(self, values: dict[str, Any], deps: Deps) -> dict[str, Any]:
        """The values of a new lead, with its consent as it is stored."""
        rest = {name: value for name, value in values.items() if name != "consent"}
        state = values.get("consent", ConsentState.UNKNOWN)
        return rest if state is ConsentState.UNKNOWN else rest | {"tracking_consent": self.of(state, deps)}

    def apply(self, lead: Lead, values: dict[str, Any], deps: Deps) -> bool:
        """Records the consent of an existing lead; returns whether it is new.

        A refusal in the file always counts. Anything else only counts while nothing is known: a decision is not overwritten.
        """
        state, former = values.get("consent", ConsentState.UNKNOWN), lead.tracking_consent.state
        if state in (ConsentState.UNKNOWN, former) or (former is not ConsentState.UNKNOWN and state is not ConsentState.REFUSED):
            return False
        return record_import(deps, lead, self.of(state, deps))

    def is_from(self, lead: Lead, values: dict[str, Any], since: datetime) -> bool:
        """Whether an interrupted run of this import, which began then, recorded the lead's consent."""
        found = lead.tracking_consent
        is_same = found.state is values.get("consent") and (found.how or "").startswith("import") and found.by == (self.actor or PROGRAM)
        return is_same and found.at is not None and found.at >= since

    @staticmethod
    def is_kept_refusal(lead: Lead, values: dict[str, Any]) -> bool:
        """Whether the file would overturn the lead's refusal."""
        return lead.tracking_consent.state is ConsentState.REFUSED and values.get("consent") in (ConsentState.GRANTED, ConsentState.EXEMPT)

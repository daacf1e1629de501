"""How useful the alerts of each rule were. The last button pressed decides; without one, an alert that someone took was useful."""

from dataclasses import dataclass
from datetime import timedelta

from tracker.actions.deps import Deps

COUNTED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RuleUse:
    """The alerts of a rule, withdrawn ones left out; `rated` are those that were useful or not."""

    alerts: int = 0
    useful: int = 0
    rated: int = 0


def usefulness(deps: Deps, workspace: str, *, rep: str | None = None) -> dict[str, RuleUse]:
    """By custom rule, or by the name of a shipped one, of the last 90 days; of one rep's alerts, or (`rep` None) of all."""
    counts = deps.store.of(workspace).alerts.usefulness(deps.now() - COUNTED, rep)
    return {rule: RuleUse(alerts, useful, rated) for rule, (alerts, useful, rated) in counts.items()}

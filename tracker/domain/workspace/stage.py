"""The stage: one step of the pipeline."""

from datetime import datetime

import msgspec


class Stage(msgspec.Struct, frozen=True):
    """One step of the pipeline. `kind` is open, won or lost; a move to a lost stage needs a reason.

    Leads and moves keep the stage's `id`, so that a new name changes none of them.
    """

    name: str
    kind: str = "open"
    id: str = ""
    """Empty: the name. Stages of before ids have their first name as id."""
    meaning: str = ""
    """One sentence that says what is true of leads in this stage."""
    usual_days: int | None = None
    """Days that a lead usually stays in it; empty: unknown."""
    is_qualified: bool = False
    """Whether a lead counts as qualified from this stage on; one stage of a pipeline at most."""

    def __post_init__(self) -> None:
        """Fills the id."""
        if not self.id:
            msgspec.structs.force_setattr(self, "id", self.name)


class FormerStage(msgspec.Struct, frozen=True):
    """A stage that was removed from the pipeline, and the id of the stage that its leads went to."""

    stage: Stage
    to: str


DEFAULT_STAGES = (
    Stage("New", meaning="Just came in. Make first contact within 24 hours.", usual_days=1),
    Stage("Contacted", meaning="You have reached out and wait for a response.", usual_days=7),
    Stage("Qualified", meaning="You have talked. Need, timeline and budget are known.", usual_days=14, is_qualified=True),
    Stage("Proposal Sent", meaning="They have your offer.", usual_days=14),
    Stage("Negotiation", meaning="You are agreeing terms, scope or price.", usual_days=21),
    Stage("Won", "won", meaning="They bought. Hand over and onboard."),
    Stage("Lost", "lost", meaning="They did not buy. Record why."),
)

WARMTH_STAGES = (
    Stage("Cold", meaning="You know of them. Make first contact.", usual_days=30),
    Stage("Prospect", meaning="They fit and may have a need.", usual_days=30),
    Stage("Warm", meaning="They showed interest. Find out need, timeline and budget.", usual_days=21, is_qualified=True),
    Stage("Hot", meaning="They want to buy. Make an offer.", usual_days=14),
    Stage("Customer", "won", meaning="They bought. Keep in touch."),
    Stage("Lost", "lost", meaning="They did not buy. Record why."),
)

STAGE_TEMPLATES = {"standard": DEFAULT_STAGES, "warmth": WARMTH_STAGES}
"""Pipelines to begin with, by name."""


class StageRuleSwitch(msgspec.Struct, frozen=True):
    """From when on a stage rule (rules.stages) was on or off."""

    at: datetime
    is_on: bool

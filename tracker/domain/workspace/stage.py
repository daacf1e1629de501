"""The stage: one step of the pipeline."""

import msgspec


class Stage(msgspec.Struct, frozen=True):
    """One step of the pipeline. `kind` is open, won or lost; a move to a lost stage needs a reason."""

    name: str
    kind: str = "open"


DEFAULT_STAGES = (
    Stage("New"),
    Stage("Contacted"),
    Stage("Qualified"),
    Stage("Proposal Sent"),
    Stage("Negotiation"),
    Stage("Won", "won"),
    Stage("Lost", "lost"),
)

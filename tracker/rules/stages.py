"""Stage rules: the table of automatic moves. Moves by people are in the same log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracker.base.ids import id_of
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace

PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True)
class StageRule:
    """A sent message of this kind (None: of any, if it was not sent by itself) moves the lead forward to `stage`, never back."""

    name: str
    kind: str | None
    stage: str


RULES = (
    StageRule("message_sent", None, "Contacted"),
    StageRule("proposal_sent", PROPOSAL, "Proposal Sent"),
)


def rule_moves(messages: Iterable[MessageBrief], moves: Iterable[Move], workspace: Workspace, first: str) -> list[Move]:
    """All automatic moves of a lead, given its messages and the moves by people; decided from the whole log each time.

    `first` is the initial stage of the lead. Moves whose cause is gone are returned as withdrawn.
    """
    known = list(moves)
    by_hand = [move for move in known if move.rule is None]
    causes = sorted((m for m in messages if m.sent_at), key=lambda m: (m.sent_at, m.id))
    steps: list[tuple[object, int, object]] = [((move.at, move.id), 0, move) for move in by_hand]
    steps += [((m.sent_at, m.id), 1, m) for m in causes]
    stage, made = first, []
    for _, _, step in sorted(steps, key=lambda s: (s[0], s[1])):
        if isinstance(step, Move):
            stage = step.stage
        elif isinstance(step, MessageBrief) and (move := _move(step, stage, workspace)):
            stage = move.stage
            made.append(move)
    standing = {move.id for move in made}
    gone = [move for move in known if move.rule is not None and move.id not in standing and not move.withdrawn]
    return made + [_withdrawn(move) for move in gone]


def is_on(rule: str, at: datetime, workspace: Workspace) -> bool:
    """Whether the rule was on at that moment: what it moved before it was switched off stays."""
    before = [switch for switch in workspace.stage_rule_switches.get(rule, ()) if switch.at <= at]
    return before[-1].is_on if before else True


def _move(message: MessageBrief, stage: str, workspace: Workspace) -> Move | None:
    current = workspace.stage(stage)
    if message.sent_at is None or (current and current.kind != "open"):
        return None
    best: StageRule | None = None
    for rule in RULES:
        applies = message.kind == rule.kind if rule.kind else not message.automatic
        if (
            applies
            and is_on(rule.name, message.sent_at, workspace)
            and workspace.stage_index(rule.stage) > workspace.stage_index(best.stage if best else stage)
        ):
            best = rule
    if best is None:
        return None
    cause = id_of(workspace.id, message.id, "sent")
    return Move(
        id=id_of(workspace.id, message.lead, best.name, cause),
        workspace=workspace.id,
        lead=message.lead,
        before=stage,
        stage=best.stage,
        at=message.sent_at,
        rule=best.name,
        cause=cause,
    )


def _withdrawn(move: Move) -> Move:
    return Move(**{name: getattr(move, name) for name in move.__struct_fields__ if name != "withdrawn"}, withdrawn=True)

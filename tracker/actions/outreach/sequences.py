"""Sequences as reps set them: their steps, and when they end. Used by console and API."""

from collections.abc import Sequence as Values
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Forbidden, Invalid
from tracker.base.ids import new_id
from tracker.domain.outreach.sequence import Sequence, SequenceStep, StepKind, StepTest
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Viewer, may_change_outreach

MOST_SEQUENCES = 100
MOST_STEPS = 20
LONGEST_WAIT = 365
_LONGEST_TEXT = 500
_LONGEST_PAGE = 200


def add_sequence(
    deps: Deps, workspace: Workspace, *, name: str, steps: Values[SequenceStep], stop_stages: Values[str] = (), rep: str | None = None
) -> Sequence:
    """Adds a sequence. Raises Invalid; Conflict beyond `MOST_SEQUENCES`."""
    here, now = deps.store.of(workspace.id).sequences, deps.now()
    made = Sequence(
        id=new_id(),
        workspace=workspace.id,
        name=checks.line("name", name, longest=80),
        steps=_steps(deps, workspace, steps, ()),
        stop_stages=_stages(workspace, stop_stages),
        rep=rep,
        created_at=now,
        updated_at=now,
    )
    if here.count(limit=MOST_SEQUENCES) >= MOST_SEQUENCES:
        raise Conflict(f"there are {MOST_SEQUENCES} sequences already; remove some of them first")
    return here.add(made)


def change_sequence(
    deps: Deps,
    viewer: Viewer,
    sequence: str,
    *,
    version: int | None = None,
    name: str | None = None,
    steps: Values[SequenceStep] | None = None,
    stop_stages: Values[str] | None = None,
    is_on: bool | None = None,
) -> Sequence:
    """Changes what is given, also for leads that are in it. A step keeps its id; one without is new.

    Raises NotFound, Forbidden, Invalid, Conflict.
    """
    workspace = viewer.workspace
    here = deps.store.of(workspace.id).sequences
    old, values = changeable_sequence(deps, viewer, sequence), dict[str, Any]()
    if name is not None:
        values["name"] = checks.line("name", name, longest=80)
    if steps is not None:
        values["steps"] = _steps(deps, workspace, steps, old.steps)
    if stop_stages is not None:
        values["stop_stages"] = _stages(workspace, stop_stages)
    if is_on is not None:
        values["is_on"] = is_on
    return here.change(sequence, version=version, updated_at=deps.now(), **values)


def remove_sequence(deps: Deps, viewer: Viewer, sequence: str) -> Sequence:
    """Removes a sequence; no lead in it gets another step. Raises NotFound, Forbidden."""
    old = changeable_sequence(deps, viewer, sequence)
    deps.store.of(viewer.workspace.id).sequences.remove(sequence)
    return old


def changeable_sequence(deps: Deps, viewer: Viewer, sequence: str) -> Sequence:
    """The sequence, which the viewer made or may change as an admin. Raises NotFound, Forbidden."""
    found = deps.store.of(viewer.workspace.id).sequences.get(sequence)
    if not may_change_outreach(viewer, found.rep):
        raise Forbidden("only who made this sequence and admins change it")
    return found


def _stages(workspace: Workspace, given: Values[str]) -> tuple[str, ...]:
    found = [workspace.stage_named(text) for text in given]
    if not all(found):
        raise Invalid("stop_stages", "must be stages of this workspace")
    return tuple(dict.fromkeys(stage.id for stage in found if stage))


def _steps(deps: Deps, workspace: Workspace, given: Values[SequenceStep], former: Values[SequenceStep]) -> tuple[SequenceStep, ...]:
    if not 1 <= len(given) <= MOST_STEPS:
        raise Invalid("steps", f"must be 1 to {MOST_STEPS}")
    known = {step.id for step in former}
    kept = [_step(deps, workspace, step, number) for number, step in enumerate(given, 1)]
    made = [step if step.id in known else msgspec.structs.replace(step, id=new_id()) for step in kept]
    if len({step.id for step in made}) < len(made):
        raise Invalid("steps", "must name each step once")
    return tuple(made)


def _step(deps: Deps, workspace: Workspace, step: SequenceStep, number: int) -> SequenceStep:
    """The step without what its kind does not use. Raises Invalid."""
    if not 0 <= step.after <= LONGEST_WAIT:
        raise Invalid("steps", f"wait 0 to {LONGEST_WAIT} days or hours (step {number})")
    if step.test is not StepTest.ALWAYS and step.after == 0:
        raise Invalid("steps", f"need a time within which it is asked what the lead did (step {number})")
    is_email = step.kind is StepKind.EMAIL
    if is_email:
        template = deps.store.of(workspace.id).templates.find(step.template)
        if template is None or template.is_archived:
            raise Invalid("steps", f"need a template that is not archived (step {number})")
    page = checks.line("steps", step.page, longest=_LONGEST_PAGE) if step.test is StepTest.VIEWED else ""
    if page and not page.startswith("/"):
        raise Invalid("steps", f"need a page such as /pricing (step {number})")
    return msgspec.structs.replace(
        step,
        template=step.template if is_email else "",
        text="" if is_email else checks.line("steps", step.text, longest=_LONGEST_TEXT),
        page=page,
        is_answer=step.is_answer and is_email,
    )

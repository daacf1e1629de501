"""What is interrupted half-way: an undo of what an automation did, and telling of a failure."""

from datetime import timedelta

import msgspec
import pytest

from tests.outreach_company import MONDAY
from tracker.actions.automations.engine import run_automations
from tracker.actions.automations.settings import add_automation
from tracker.actions.automations.undo_entry import undo_entry
from tracker.actions.changes.undo import undo
from tracker.actions.merging.merge import merge, unmerge
from tracker.actions.outreach.tell_parked import tell_parked
from tracker.actions.pipeline.stages import move_lead
from tracker.base.errors import Conflict
from tracker.base.ids import new_id
from tracker.domain.outreach.sequence import EnrolmentState
from tracker.domain.pipeline.automation import AutomationAction, AutomationContent, AutomationDeed, AutomationState, AutomationTrigger
from tracker.domain.pipeline.automation_effect import AutomationEffect
from workers.periodic.outreach import run_outreach

MINUTE = timedelta(minutes=1)


def later(company, span=MINUTE):
    """Time passes, with a run of everything."""
    company.clock[0] += span
    run_automations(company.deps, company.clock[0])
    run_outreach(company.deps, company.clock[0])


def test_an_undo_that_was_killed_is_repeated_and_reaches_what_a_merge_holds(company, server):
    """Killed after the lead was restored, or before the sequence ended, it is completed; a sequence that was held does not go on."""
    sequence = company.sequence(company.email(5))
    actions = (AutomationAction(kind=AutomationDeed.SEQUENCE, text=sequence.id), AutomationAction(kind=AutomationDeed.TAG, text="hot"))
    content = AutomationContent(trigger=AutomationTrigger.STAGE, actions=actions)
    key = add_automation(company.deps, company.workspace, name="Own", content=content, is_on=True).id

    def begin(name):
        lead = company.scene.lead(name)
        later(company)
        move_lead(company.deps, company.ws, lead.id, "Contacted", actor=company.rep.id)
        later(company)
        later(company)
        return lead, company.here.automation_log.page(lead=lead.id).items[0], company.here.enrolments.of_lead(lead.id)[0]

    _, entry, added = begin("Ada")
    undo(company.deps, company.ws, entry.id, actor=company.rep.id, may_see=lambda _: True)  # killed here
    assert undo_entry(company.deps, company.ws, entry.id, actor=company.rep.id).state is AutomationState.UNDONE
    assert company.state(added) == (EnrolmentState.STOPPED, "The automation that added it was undone")
    with pytest.raises(Conflict, match="nothing to undo"):
        undo_entry(company.deps, company.ws, entry.id, actor=company.rep.id)

    company.here.automations.change(key, content=msgspec.structs.replace(content, actions=actions[:1]))
    (kept, _, first), (gone, entry, held) = begin("Ben"), begin("Cem")
    merge(company.deps, company.ws, kept.id, gone.id)
    later(company, (70 - company.clock[0].minute) * MINUTE)
    company.here.automation_log.finish(msgspec.structs.replace(entry, state=AutomationState.UNDONE))  # killed here
    assert company.here.enrolments.get(held.id).is_held
    undo_entry(company.deps, company.ws, entry.id, actor=company.rep.id)
    unmerge(company.deps, company.ws, gone.id)
    later(company, (70 - company.clock[0].minute) * MINUTE)
    assert [company.state(one)[0] for one in (first, held)] == [EnrolmentState.ACTIVE, EnrolmentState.STOPPED]


def test_a_failure_that_is_being_written_is_told_later(company, server):
    """Who is to be told is written before the failure; a look in between, or a second failure meanwhile, loses nothing."""
    effects, key = company.here.automation_effects, new_id()
    values = {name: new_id() for name in ("automation", "entry", "lead", "cause")}
    effects.add_once(
        AutomationEffect(
            id=key, workspace=company.ws, kind=AutomationDeed.WEBHOOK, target="x", started_at=MONDAY, due_at=MONDAY, at=MONDAY, **values
        )
    )
    effects.note_failure(key, MONDAY)
    tell_parked(company.deps, MONDAY)
    (found,) = effects.untold(MONDAY, 9)
    effects.note_failure(key, MONDAY + MINUTE)
    effects.note_told([(key, found.untold_since)])
    assert [one.id for one in effects.untold(MONDAY + MINUTE, 9)] == [key]
    tell_parked(company.deps, MONDAY + 10 * MINUTE)
    assert effects.untold(MONDAY + MINUTE, 9) == [], "it did not fail"

"""The tools that change something: add_note, set_next_action, finish_task and draft_reply. None sends email."""

import html
from typing import Annotated, Any

from pydantic import Field

from tracker.actions.changes import edits
from tracker.base.errors import Conflict
from tracker.domain.leads.lead import NextAction
from tracker.web.api.access import check_may_assign, visible_lead
from tracker.web.api.mcp.lookup import LeadName, checked_id, lead_meant
from tracker.web.api.mcp.tool import NotClear, Tools
from tracker.web.api.operations import Call
from tracker.web.api.resources.mail.messages import create_message
from tracker.web.api.schemas.base import Due, In, Line, Moment, Out, Text, due_at
from tracker.web.api.schemas.mail.messages import MessageIn
from tracker.web.api.schemas.pipeline.notes import Direction, Kind, Result

tools = Tools()

RecordName = Annotated[str, Field(min_length=32, max_length=32)]


class NewNote(In):
    """A note about a lead."""

    lead: LeadName
    text: Annotated[Text, Field(min_length=1)]
    kind: Kind = "note"
    direction: Annotated[Direction | None, Field(description="Of a call, meeting or chat: `out` by the company, `in` by the lead")] = None
    result: Annotated[Result | None, Field(description="Of a call")] = None


class NoteAdded(Out):
    """A note that was added."""

    lead_id: str
    note_added: bool
    change: str | None = Field(description="Undoes it: `POST /changes/{change}/undo`")


class NextActionAsked(In):
    """What is to be done next."""

    lead: LeadName
    text: Annotated[Line, Field(min_length=1)]
    due: Due | None = None


class NextActionSet(Out):
    """The next action that was set."""

    lead_id: str
    due: Moment | None
    change: str | None = Field(description="Undoes it: `POST /changes/{change}/undo`")


class TaskDone(In):
    """Which task."""

    task_id: RecordName = Field(description="From `list_tasks`")


class TaskFinished(Out):
    """A task that was finished."""

    task_id: str
    lead_id: str
    change: str | None = Field(description="Undoes it: `POST /changes/{change}/undo`")


class NewDraft(In):
    """An email to a lead, as plain text."""

    lead: LeadName
    text: Annotated[Text, Field(min_length=1, description="Paragraphs are separated by empty lines")]
    subject: Annotated[Line | None, Field(description="Required unless it answers an email")] = None
    answers_message_id: Annotated[RecordName | None, Field(description="An email that was sent to the lead, from `list_emails`")] = None


class DraftSaved(Out):
    """A draft. A person reads, changes and sends it in Leadlight."""

    message_id: str
    lead_id: str
    state: str
    open_at: str = Field(description="Where a rep reads and sends it")


@tools.add("Add a note", NewNote, NoteAdded, writes=True)
def add_note(call: Call, asked: NewNote) -> NoteAdded:
    """Adds a note, or logs a call, meeting or chat that has taken place, in the timeline of a lead."""
    lead = lead_meant(call, asked.lead)
    more: dict[str, Any] = {name: value for name, value in (("direction", asked.direction), ("result", asked.result)) if value is not None}
    change = edits.log_note(call.deps, call.workspace.id, lead.id, actor=call.rep_id, kind=asked.kind, text=asked.text, **more)
    return NoteAdded(lead_id=lead.id, note_added=True, change=change)


@tools.add("Set the next action", NextActionAsked, NextActionSet, writes=True)
def set_next_action(call: Call, asked: NextActionAsked) -> NextActionSet:
    """Sets what is to be done next with a lead and when; it replaces the open next action."""
    lead = lead_meant(call, asked.lead)
    action = NextAction(asked.text, due_at(asked.due, call.timezone))
    edited = edits.edit_lead(call.deps, call.workspace.id, lead.id, actor=call.rep_id, next_action=action)
    return NextActionSet(lead_id=lead.id, due=edited.lead.next_action.due if edited.lead.next_action else None, change=edited.change)


@tools.add("Finish a task", TaskDone, TaskFinished, writes=True)
def finish_task(call: Call, asked: TaskDone) -> TaskFinished:
    """Marks a task as done."""
    task = call.store.tasks.get(checked_id(asked.task_id))
    visible_lead(call, task.lead)
    check_may_assign(call, task.rep)
    if task.done_at is not None:
        raise Conflict("This task is done already.")
    change = edits.edit_task(call.deps, call.workspace.id, task.id, actor=call.rep_id, done=True)
    return TaskFinished(task_id=task.id, lead_id=task.lead, change=change)


@tools.add("Draft a reply", NewDraft, DraftSaved, writes=True)
def draft_reply(call: Call, asked: NewDraft) -> DraftSaved:
    """Saves an email to a lead as a draft; a person reads it in Leadlight and sends it. This tool never sends."""
    lead = lead_meant(call, asked.lead)
    answered = call.store.messages.find(checked_id(asked.answers_message_id)) if asked.answers_message_id else None
    if asked.answers_message_id and (answered is None or not call.store.leads.is_one(answered.lead, lead.id)):
        raise NotClear("The email to be answered is none to this lead; `list_emails` has their ids.")
    if answered is None and not asked.subject:
        raise NotClear("Give a subject, or the email that this one answers.")
    given = {"lead": lead.id, "subject": asked.subject, "html": _paragraphs(asked.text), "reply_to_message": asked.answers_message_id}
    body = MessageIn.model_validate({name: value for name, value in given.items() if value is not None})
    made = create_message(call, body)
    url = f"{call.deps.settings.public_url}/messages/{made.id}"
    return DraftSaved(message_id=made.id, lead_id=lead.id, state=made.state, open_at=url)


def _paragraphs(text: str) -> str:
    """The text as HTML."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    return "".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in parts if part)

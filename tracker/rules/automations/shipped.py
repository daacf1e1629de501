"""The automations that every workspace has: switched off until an admin wants them, with one number each. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from tracker.domain.pipeline.automation import Automation, AutomationAction, AutomationContent, AutomationDeed, AutomationTrigger
from tracker.rules.stages import PROPOSAL

QUALIFIED = ""
"""A move to this stage goes to the one in which leads are qualified."""
_OPEN = {"field": "stage_kind", "is": "open"}
_WON = {"field": "stage_kind", "is": "won"}
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_D, _T = AutomationDeed, AutomationTrigger


@dataclass(frozen=True, slots=True)
class ShippedAutomation:
    """A name for people, one sentence, and what it says."""

    name: str
    meaning: str
    content: AutomationContent


def _task(text: str, to: str = "") -> AutomationAction:
    return AutomationAction(kind=_D.TASK, text=text, to=to)


def _alert(text: str) -> AutomationAction:
    return AutomationAction(kind=_D.NOTIFY, text=text)


SHIPPED = {
    "message_sent": ShippedAutomation(
        "Contacted when an email is sent",
        "The first email by a person moves a new lead forward; what sequences, campaigns and automations send does not. What was moved before it is switched off stays.",
        AutomationContent(trigger=_T.SENT, actions=(AutomationAction(kind=_D.MOVE, text="Contacted"),)),
    ),
    "proposal_sent": ShippedAutomation(
        "Proposal Sent when a proposal is sent",
        "An email of the kind proposal moves the lead forward. What was moved before it is switched off stays.",
        AutomationContent(trigger=_T.SENT, text=PROPOSAL, actions=(AutomationAction(kind=_D.MOVE, text="Proposal Sent"),)),
    ),
    "uncontacted": ShippedAutomation(
        "New, not contacted",
        "An alert to the owner of a lead in the first stage whom no one has contacted. Imported leads are left out.",
        AutomationContent(
            trigger=_T.UNCONTACTED, number=24, condition=_OPEN, actions=(_alert("Make first contact: new for {hours} hours"),)
        ),
    ),
    "unanswered": ShippedAutomation(
        "Contacted, no response",
        "An alert to the owner of a lead in the second stage who has not responded.",
        AutomationContent(trigger=_T.UNANSWERED, number=48, condition=_OPEN, actions=(_alert("Follow up: no response for {hours} hours"),)),
    ),
    "stale": ShippedAutomation(
        "Going stale",
        "A task for the owner of an open lead without contact either way.",
        AutomationContent(trigger=_T.NO_CONTACT, number=14, condition=_OPEN, actions=(_task("Get in touch: no contact for {days} days"),)),
    ),
    "long_stale": ShippedAutomation(
        "Stale",
        "A second task, to decide whether the lead is still worth the time.",
        AutomationContent(trigger=_T.NO_CONTACT, number=30, condition=_OPEN, actions=(_task("Keep or close: no contact for {days} days"),)),
    ),
    "archive": ShippedAutomation(
        "Archive to nurture",
        "Open leads without contact and activity get the tag nurture and are archived. Nothing is deleted.",
        AutomationContent(
            trigger=_T.QUIET,
            number=90,
            condition=_OPEN,
            actions=(AutomationAction(kind=_D.TAG, text="nurture"), AutomationAction(kind=_D.ARCHIVE)),
        ),
    ),
    "keep_in_touch": ShippedAutomation(
        "Keep in touch with customers",
        "A task for the owner, again and again, while there is no contact with a customer.",
        AutomationContent(
            trigger=_T.NO_CONTACT,
            number=60,
            repeats=True,
            condition={"any": [_WON, {"field": "category", "is": "Past client"}]},
            actions=(_task("Keep in touch"),),
        ),
    ),
    "sphere": ShippedAutomation(
        "Keep in touch with your sphere of influence",
        "A task for the owner, again and again, while there is no contact with a lead of the category Sphere of influence.",
        AutomationContent(
            trigger=_T.NO_CONTACT,
            number=90,
            repeats=True,
            condition={"field": "category", "is": "Sphere of influence"},
            actions=(_task("Keep in touch"),),
        ),
    ),
    "review": ShippedAutomation(
        "Half-yearly review",
        "One reminder for an admin, with how many leads there are to clean up. It opens Clean up.",
        AutomationContent(
            trigger=_T.HALF_YEAR, actions=(AutomationAction(kind=_D.NOTIFY, text="Half-yearly review: clean up leads", to="admin"),)
        ),
    ),
    "meeting_moves": ShippedAutomation(
        "Qualify after a meeting",
        "A logged meeting moves the lead forward to the stage in which leads are qualified.",
        AutomationContent(trigger=_T.MEETING, condition=_OPEN, actions=(AutomationAction(kind=_D.MOVE, text=QUALIFIED),)),
    ),
    "reply_moves": ShippedAutomation(
        "Qualify after a reply",
        "A reply moves the lead forward to the stage in which leads are qualified.",
        AutomationContent(trigger=_T.REPLY, condition=_OPEN, actions=(AutomationAction(kind=_D.MOVE, text=QUALIFIED),)),
    ),
    "form_moves": ShippedAutomation(
        "Qualify after a form",
        "A form moves the lead forward to the stage in which leads are qualified.",
        AutomationContent(trigger=_T.FORM, condition=_OPEN, actions=(AutomationAction(kind=_D.MOVE, text=QUALIFIED),)),
    ),
}


def with_shipped(stored: Iterable[Automation], workspace: str) -> list[Automation]:
    """All automations: the shipped ones in their order, as they were changed, then the workspace's own, oldest first."""
    known = {one.id: one for one in stored}
    shipped = [_present(known[key], key) if key in known else unchanged(key, workspace) for key in SHIPPED]
    own = sorted((one for one in known.values() if not one.is_shipped), key=lambda one: (one.created_at, one.id))
    return [*shipped, *own]


def unchanged(key: str, workspace: str) -> Automation:
    """A shipped automation that no one changed: off, except the stage rules. Raises KeyError."""
    found = SHIPPED[key]
    return Automation(
        id=key,
        workspace=workspace,
        name=found.name,
        content=found.content,
        is_shipped=True,
        since=_BEGINNING if found.content.trigger is _T.SENT else None,
        created_at=_BEGINNING,
        updated_at=_BEGINNING,
    )


def _present(stored: Automation, key: str) -> Automation:
    """The stored one with the texts of this version; of what it says, only the number is the workspace's."""
    found = SHIPPED[key]
    content = msgspec.structs.replace(found.content, number=stored.content.number or found.content.number)
    return msgspec.structs.replace(stored, name=found.name, content=content)

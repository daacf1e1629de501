"""Scenarios: the steps between rep and lead until a stage is reached, as tables. Used by demo_data.history."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmailStep:
    """The rep sends an email. The lead ignores it, opens it, or clicks and visits the site."""

    template: str
    reaction: str = "none"
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class VisitStep:
    """The lead visits the site in the same browser, without an email."""

    pattern: str


@dataclass(frozen=True, slots=True)
class NoteStep:
    """The rep logs a call, a meeting or a note."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class StageStep:
    """The rep moves the lead to a stage."""

    stage: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SaleStep:
    """A sale. `amount` in minor units of the currency."""

    product: str
    amount: int
    currency: str
    is_recurring: bool = True


Step = EmailStep | VisitStep | NoteStep | StageStep | SaleStep


@dataclass(frozen=True, slots=True)
class PageVisit:
    """One page of a visit: `stay` relative to the page's typical time, scroll depth in percent, action."""

    path: str
    stay: float = 1.0
    scroll: int = 80
    act: str = ""
    """`submit` sends the page's form."""


VISIT_PATTERNS = {
    "first": (PageVisit("/product", 1.0, 90), PageVisit("/customers", 0.8, 70)),
    "browse": (PageVisit("/", 0.7, 50), PageVisit("/product", 0.9, 85), PageVisit("/customers", 0.6, 60)),
    "curious": (PageVisit("/product", 0.8, 75), PageVisit("/", 0.4, 30), PageVisit("/pricing", 0.9, 80)),
    "prices": (PageVisit("/pricing", 1.2, 95),),
    "check": (PageVisit("/security", 1.4, 100), PageVisit("/pricing", 1.0, 90)),
    "prices_again": (PageVisit("/pricing", 1.5, 100), PageVisit("/security", 1.1, 85), PageVisit("/pricing", 0.7, 60)),
    "hesitate": (PageVisit("/pricing", 1.3, 100), PageVisit("/contact", 0.9, 60)),
    "testimonials": (PageVisit("/customers", 1.2, 100), PageVisit("/product", 0.5, 40)),
    "form": (
        PageVisit("/", 0.9, 60),
        PageVisit("/pricing", 0.8, 70),
        PageVisit("/contact", 1.6, 100, "submit"),
        PageVisit("/thanks", 1.0, 100),
    ),
    "glance": (PageVisit("/", 0.5, 25),),
}

_CALL = "Called. Plans by hand until eight every evening, two dispatchers. Open to a test with one depot."
_MET = "Met on video with their IT. They want the data in Frankfurt and a works council view; both are there."
_SHORT = "Short call. Asked for prices in writing, decides with the managing director."

SCENARIOS: dict[str, tuple[tuple[Step, ...], ...]] = {
    "New": (
        (VisitStep("form"),),
        (NoteStep("note", "Heard of us from a colleague. Runs about thirty vans."),),
        (),
        (VisitStep("form"), VisitStep("glance")),
    ),
    "Contacted": (
        (EmailStep("intro", "open"), EmailStep("nudge")),
        (EmailStep("intro", "click", "first"),),
        (EmailStep("intro"), EmailStep("nudge", "open")),
        (VisitStep("form"), EmailStep("intro", "open")),
        (EmailStep("intro", "open"), EmailStep("nudge", "click", "testimonials")),
    ),
    "Qualified": (
        (EmailStep("intro", "click", "first"), NoteStep("call", _CALL), StageStep("Qualified"), EmailStep("follow", "open")),
        (
            EmailStep("intro", "click", "browse"),
            VisitStep("curious"),
            NoteStep("call", _SHORT),
            StageStep("Qualified"),
            EmailStep("follow", "click", "check"),
        ),
        (
            VisitStep("form"),
            NoteStep("call", _CALL),
            StageStep("Qualified"),
            EmailStep("follow", "click", "check"),
            VisitStep("testimonials"),
        ),
    ),
    "Proposal Sent": (
        (
            VisitStep("form"),
            EmailStep("intro", "open"),
            NoteStep("call", _CALL),
            StageStep("Qualified"),
            EmailStep("follow", "click", "check"),
            EmailStep("proposal", "click", "prices"),
            VisitStep("prices_again"),
        ),
        (
            EmailStep("intro", "click", "first"),
            NoteStep("call", _SHORT),
            StageStep("Qualified"),
            EmailStep("proposal", "click", "hesitate"),
            VisitStep("prices"),
        ),
        (EmailStep("intro", "click", "curious"), NoteStep("meeting", _MET), StageStep("Qualified"), EmailStep("proposal", "open")),
    ),
    "Negotiation": (
        (
            EmailStep("intro", "click", "browse"),
            NoteStep("call", _CALL),
            StageStep("Qualified"),
            EmailStep("proposal", "click", "prices"),
            NoteStep("meeting", _MET),
            StageStep("Negotiation"),
            EmailStep("terms", "click", "check"),
            VisitStep("prices_again"),
        ),
        (
            EmailStep("intro", "open"),
            NoteStep("call", _SHORT),
            StageStep("Qualified"),
            EmailStep("proposal", "click", "hesitate"),
            VisitStep("prices"),
            NoteStep("call", "They want to pay by quarter. Said yes."),
            StageStep("Negotiation"),
            EmailStep("terms", "open"),
        ),
    ),
    "Won": (
        (
            EmailStep("intro", "click", "first"),
            NoteStep("call", _CALL),
            StageStep("Qualified"),
            EmailStep("proposal", "click", "prices"),
            VisitStep("check"),
            NoteStep("call", "Yes to the Fleet plan, start on the first."),
            StageStep("Won"),
            SaleStep("Fleet plan, 22 vans", 107_800, "EUR"),
        ),
        (
            VisitStep("form"),
            NoteStep("call", _SHORT),
            StageStep("Qualified"),
            EmailStep("proposal", "click", "hesitate"),
            StageStep("Negotiation"),
            EmailStep("terms", "click", "prices"),
            StageStep("Won"),
            SaleStep("Network plan, 41 vans", 323_900, "USD"),
            SaleStep("Set-up of two depots", 180_000, "USD", is_recurring=False),
        ),
    ),
    "Lost": (
        (
            EmailStep("intro", "click", "glance"),
            EmailStep("nudge"),
            NoteStep("call", "Has a contract with another vendor until next spring."),
            StageStep("Lost", "Bound to another vendor"),
        ),
        (
            EmailStep("intro", "open"),
            NoteStep("call", _SHORT),
            StageStep("Qualified"),
            EmailStep("proposal", "click", "prices"),
            StageStep("Lost", "Too expensive"),
        ),
    ),
}
"""By final stage. The leads of a stage use its scenarios in turn."""

NEXT_ACTIONS = {
    "New": ("Call to qualify", "Look up their fleet, then email"),
    "Contacted": ("Call after the second email", "Ask for one day’s orders", "Find out who decides"),
    "Qualified": ("Send the offer", "Book the test with one depot", "Call their IT about data"),
    "Proposal Sent": ("Call about the offer", "Ask what is missing for a yes"),
    "Negotiation": ("Get the agreement signed", "Fix the start date"),
}
"""Texts of next actions, by stage."""

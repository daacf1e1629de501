"""Plots: what happens between a rep and a lead until a stage is reached, as tables of steps. Used by demo_data.history."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """The rep sends a letter. The lead does nothing, opens it, or opens and clicks and plays a scene on the site."""

    letter: str
    reaction: str = "none"
    scene: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """The lead comes back to the site in the same browser, by no mail."""

    scene: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A call, meeting or note that the rep wrote down."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """The rep moves the lead to a stage by hand."""

    stage: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A sale. `amount` in minor units of the currency."""

    product: str
    amount: int
    currency: str
    is_recurring: bool = True


Beat = Mail | Visit | Talk | Step | Deal


@dataclass(frozen=True, slots=True)
class View:
    """One page of a scene: how long against the page's usual stay, how far down, and what is done there."""

    path: str
    stay: float = 1.0
    scroll: int = 80
    act: str = ""
    """`submit` sends the form of the page."""


SCENES = {
    "first": (View("/product", 1.0, 90), View("/customers", 0.8, 70)),
    "browse": (View("/", 0.7, 50), View("/product", 0.9, 85), View("/customers", 0.6, 60)),
    "curious": (View("/product", 0.8, 75), View("/", 0.4, 30), View("/pricing", 0.9, 80)),
    "prices": (View("/pricing", 1.2, 95),),
    "check": (View("/security", 1.4, 100), View("/pricing", 1.0, 90)),
    "prices_again": (View("/pricing", 1.5, 100), View("/security", 1.1, 85), View("/pricing", 0.7, 60)),
    "hesitate": (View("/pricing", 1.3, 100), View("/contact", 0.9, 60)),
    "stories": (View("/customers", 1.2, 100), View("/product", 0.5, 40)),
    "form": (View("/", 0.9, 60), View("/pricing", 0.8, 70), View("/contact", 1.6, 100, "submit"), View("/thanks", 1.0, 100)),
    "glance": (View("/", 0.5, 25),),
}

_CALL = "Called. Plans by hand until eight every evening, two dispatchers. Open to a test with one depot."
_MET = "Met on video with their IT. They want the data in Frankfurt and a works council view; both are there."
_SHORT = "Short call. Asked for prices in writing, decides with the managing director."

PLOTS: dict[str, tuple[tuple[Beat, ...], ...]] = {
    "New": (
        (Visit("form"),),
        (Talk("note", "Heard of us from a colleague. Runs about thirty vans."),),
        (),
        (Visit("form"), Visit("glance")),
    ),
    "Contacted": (
        (Mail("intro", "open"), Mail("nudge")),
        (Mail("intro", "click", "first"),),
        (Mail("intro"), Mail("nudge", "open")),
        (Visit("form"), Mail("intro", "open")),
        (Mail("intro", "open"), Mail("nudge", "click", "stories")),
    ),
    "Qualified": (
        (Mail("intro", "click", "first"), Talk("call", _CALL), Step("Qualified"), Mail("follow", "open")),
        (Mail("intro", "click", "browse"), Visit("curious"), Talk("call", _SHORT), Step("Qualified"), Mail("follow", "click", "check")),
        (Visit("form"), Talk("call", _CALL), Step("Qualified"), Mail("follow", "click", "check"), Visit("stories")),
    ),
    "Proposal Sent": (
        (
            Visit("form"),
            Mail("intro", "open"),
            Talk("call", _CALL),
            Step("Qualified"),
            Mail("follow", "click", "check"),
            Mail("proposal", "click", "prices"),
            Visit("prices_again"),
        ),
        (Mail("intro", "click", "first"), Talk("call", _SHORT), Step("Qualified"), Mail("proposal", "click", "hesitate"), Visit("prices")),
        (Mail("intro", "click", "curious"), Talk("meeting", _MET), Step("Qualified"), Mail("proposal", "open")),
    ),
    "Negotiation": (
        (
            Mail("intro", "click", "browse"),
            Talk("call", _CALL),
            Step("Qualified"),
            Mail("proposal", "click", "prices"),
            Talk("meeting", _MET),
            Step("Negotiation"),
            Mail("terms", "click", "check"),
            Visit("prices_again"),
        ),
        (
            Mail("intro", "open"),
            Talk("call", _SHORT),
            Step("Qualified"),
            Mail("proposal", "click", "hesitate"),
            Visit("prices"),
            Talk("call", "They want to pay by quarter. Said yes."),
            Step("Negotiation"),
            Mail("terms", "open"),
        ),
    ),
    "Won": (
        (
            Mail("intro", "click", "first"),
            Talk("call", _CALL),
            Step("Qualified"),
            Mail("proposal", "click", "prices"),
            Visit("check"),
            Talk("call", "Yes to the Fleet plan, start on the first."),
            Step("Won"),
            Deal("Fleet plan, 22 vans", 107_800, "EUR"),
        ),
        (
            Visit("form"),
            Talk("call", _SHORT),
            Step("Qualified"),
            Mail("proposal", "click", "hesitate"),
            Step("Negotiation"),
            Mail("terms", "click", "prices"),
            Step("Won"),
            Deal("Network plan, 41 vans", 323_900, "USD"),
            Deal("Set-up of two depots", 180_000, "USD", is_recurring=False),
        ),
    ),
    "Lost": (
        (
            Mail("intro", "click", "glance"),
            Mail("nudge"),
            Talk("call", "Has a contract with another vendor until next spring."),
            Step("Lost", "Bound to another vendor"),
        ),
        (
            Mail("intro", "open"),
            Talk("call", _SHORT),
            Step("Qualified"),
            Mail("proposal", "click", "prices"),
            Step("Lost", "Too expensive"),
        ),
    ),
}
"""By the stage that is reached; leads of a stage take the plots in turn."""

NEXT_ACTIONS = {
    "New": ("Call to qualify", "Look up their fleet, then write"),
    "Contacted": ("Call after the second mail", "Ask for one day’s orders", "Find out who decides"),
    "Qualified": ("Send the offer", "Book the test with one depot", "Call their IT about data"),
    "Proposal Sent": ("Call about the offer", "Ask what is missing for a yes"),
    "Negotiation": ("Get the agreement signed", "Fix the start date"),
}
"""What reps do next, by stage."""

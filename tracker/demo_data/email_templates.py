"""Email templates of the demo's reps. Used by demo_data.generator and actions.demo.demo."""

from dataclasses import dataclass

from tracker.demo_data.scenarios import PageVisit


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """One template with the placeholders `{first}`, `{company}`, `{site}` and `{rep}`. `link` is the path of its first link."""

    name: str
    subject: str
    paragraphs: tuple[str, ...]
    link: str
    kind: str | None = None

    def subject_for(self, values: dict[str, str]) -> str:
        """The subject for these values."""
        return self.subject.format(**values)

    def html_for(self, values: dict[str, str]) -> str:
        """The HTML before instrumentation. `values` are already escaped."""
        text = "".join(f"<p>{paragraph.format(**values)}</p>" for paragraph in self.paragraphs)
        return f'<div style="font:16px/1.55 system-ui,Segoe UI,sans-serif;color:#1f2a25;max-width:36em">{text}</div>'

    @property
    def links(self) -> list[str]:
        """The paths of the links, in order."""
        return [part.split('"', 1)[0] for part in "".join(self.paragraphs).split('href="{site}')[1:]]

    def link_number(self, path: str) -> int:
        """The index of the link to this path. Raises ValueError."""
        return self.links.index(path)

    def landing_pattern(self, pattern: tuple[PageVisit, ...]) -> tuple[PageVisit, ...]:
        """The visit pattern, starting on a page that the template links to."""
        return pattern if pattern[0].path in self.links else (PageVisit(self.link, 0.6, 55), *pattern)


_END = "Best regards<br>{rep}<br>Fernway"

INTRO = EmailTemplate(
    "intro",
    "{company} and the last mile",
    (
        "Hello {first},",
        (
            "fleets like {company}’s usually drive a fifth further than they must, because tours grow by habit. "
            '<a href="{site}/product">Here is how Fernway plans a day</a> in about a minute.'
        ),
        'Others in your trade tell <a href="{site}/customers">what changed for them</a>. Would Thursday suit you for a short call?',
        _END,
    ),
    "/product",
)
FOLLOW = EmailTemplate(
    "follow",
    "What we talked about, {first}",
    (
        "Hello {first},",
        (
            'thank you for your time. As promised: <a href="{site}/security">where the data lives</a> and '
            '<a href="{site}/pricing">what it costs for a fleet of your size</a>.'
        ),
        "If you send me one day’s orders, I show you that day planned by Fernway.",
        _END,
    ),
    "/security",
)
PROPOSAL = EmailTemplate(
    "proposal",
    "Offer for {company}, version 2",
    (
        "Hello {first},",
        'here is our offer for {company}. <a href="{site}/pricing">The prices</a> are those of the Fleet plan, the first month is free.',
        (
            'Questions your IT will ask are <a href="{site}/security">answered here</a>. '
            'When you are ready, <a href="{site}/contact">tell us when to start</a>.'
        ),
        _END,
    ),
    "/pricing",
    "proposal",
)
TERMS = EmailTemplate(
    "terms",
    "Terms and start date for {company}",
    (
        "Hello {first},",
        (
            "I took your two points up: payment by quarter, and a start with one depot. "
            '<a href="{site}/pricing">The plan stays the same</a>; <a href="{site}/security">the data agreement is here</a>.'
        ),
        _END,
    ),
    "/pricing",
)
NUDGE = EmailTemplate(
    "nudge",
    "Still planning by hand, {first}?",
    (
        "Hello {first},",
        'a bakery with 46 vans sold two of them after six weeks. <a href="{site}/customers">The story takes two minutes</a>.',
        _END,
    ),
    "/customers",
)
NEWS = EmailTemplate(
    "news",
    "New: tours that change while they run",
    (
        "Hello {first},",
        (
            'from this week on Fernway moves stops between vans that are already out. <a href="{site}/product">See how it works</a>, '
            'or <a href="{site}/pricing">what the Fleet plan costs</a> with it.'
        ),
        _END,
    ),
    "/product",
)
YOURSELF = EmailTemplate(
    "yourself",
    "Now you are the lead",
    (
        "Hello {first},",
        "by opening this email you have just appeared in the console. Now do what a lead would do:",
        '<a href="{site}/pricing"><strong>View the pricing page</strong></a>',
        (
            'Stay a moment, then go on to the <a href="{site}/contact">contact form</a> if you like. '
            "Watch the console in the other tab: you appear there, and the alert is about you."
        ),
        _END,
    ),
    "/pricing",
)

EMAIL_TEMPLATES = {template.name: template for template in (INTRO, FOLLOW, PROPOSAL, TERMS, NUDGE, NEWS, YOURSELF)}

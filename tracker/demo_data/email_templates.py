"""Letters: the mails that the demo's reps send, in their words. Used by demo_data.history and actions.demo.demo."""

from dataclasses import dataclass

from tracker.demo_data.scenarios import View


@dataclass(frozen=True, slots=True)
class Letter:
    """One kind of mail. `{first}`, `{firm}`, `{site}` and `{rep}` are filled in; `link` is the path its first link leads to."""

    name: str
    subject: str
    paragraphs: tuple[str, ...]
    link: str
    kind: str | None = None

    def subject_for(self, words: dict[str, str]) -> str:
        """The subject of one mail."""
        return self.subject.format(**words)

    def html_for(self, words: dict[str, str]) -> str:
        """The mail's HTML before it is instrumented; `words` are already safe for HTML."""
        text = "".join(f"<p>{paragraph.format(**words)}</p>" for paragraph in self.paragraphs)
        return f'<div style="font:16px/1.55 system-ui,Segoe UI,sans-serif;color:#1f2a25;max-width:36em">{text}</div>'

    @property
    def links(self) -> list[str]:
        """The paths that the letter links to, in order."""
        return [part.split('"', 1)[0] for part in "".join(self.paragraphs).split('href="{site}')[1:]]

    def link_number(self, path: str) -> int:
        """The place of the link to a path among the letter's links. Raises ValueError where it has none."""
        return self.links.index(path)

    def landing_scene(self, scene: tuple[View, ...]) -> tuple[View, ...]:
        """The scene, beginning on a page that the letter links to."""
        return scene if scene[0].path in self.links else (View(self.link, 0.6, 55), *scene)


_END = "Best regards<br>{rep}<br>Fernway"

INTRO = Letter(
    "intro",
    "{firm} and the last mile",
    (
        "Hello {first},",
        (
            "fleets like {firm}’s usually drive a fifth further than they must, because tours grow by habit. "
            '<a href="{site}/product">Here is how Fernway plans a day</a> in about a minute.'
        ),
        'Others in your trade tell <a href="{site}/customers">what changed for them</a>. Would Thursday suit you for a short call?',
        _END,
    ),
    "/product",
)
FOLLOW = Letter(
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
PROPOSAL = Letter(
    "proposal",
    "Offer for {firm}, version 2",
    (
        "Hello {first},",
        'here is our offer for {firm}. <a href="{site}/pricing">The prices</a> are those of the Fleet plan, the first month is free.',
        (
            'Questions your IT will ask are <a href="{site}/security">answered here</a>. '
            'When you are ready, <a href="{site}/contact">tell us when to start</a>.'
        ),
        _END,
    ),
    "/pricing",
    "proposal",
)
TERMS = Letter(
    "terms",
    "Terms and start date for {firm}",
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
NUDGE = Letter(
    "nudge",
    "Still planning by hand, {first}?",
    (
        "Hello {first},",
        'a bakery with 46 vans sold two of them after six weeks. <a href="{site}/customers">The story takes two minutes</a>.',
        _END,
    ),
    "/customers",
)
NEWS = Letter(
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
YOURSELF = Letter(
    "yourself",
    "Now you are the lead",
    (
        "Hello {first},",
        "by opening this mail you have just shown up in the console. Now do what a lead would do:",
        '<a href="{site}/pricing"><strong>Look at the pricing page</strong></a>',
        (
            'Stay a little, then walk on to the <a href="{site}/contact">contact form</a> if you like. '
            "Watch the console in the other tab: you will see yourself arrive, and the ring is for you."
        ),
        _END,
    ),
    "/pricing",
)

LETTERS = {letter.name: letter for letter in (INTRO, FOLLOW, PROPOSAL, TERMS, NUDGE, NEWS, YOURSELF)}

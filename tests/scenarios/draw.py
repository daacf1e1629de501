"""What random episodes share: how people read and browse, when scanners come, and the table of kinds."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.scenarios.addresses import gateway, unlisted
from tests.scenarios.browsers import APPLE_MAIL, GMAIL, OUTLOOK, THUNDERBIRD, YAHOO, person, reader
from tests.scenarios.language import OTHER_SITE, SITE, Cause, Client, Episode, Mail


@dataclass(frozen=True)
class Kind:
    """A kind of episodes."""

    name: str
    group: str
    make: Callable[["Draw"], Episode]
    half: str
    """One of HALVES: rules are changed while looking at the first only."""
    is_undecidable: bool
    """Whether one message cannot tell: unsure is the right verdict."""


KINDS: list[Kind] = []
TUNING, HELD_OUT, FRESH = HALVES = ("tuning", "held-out", "fresh")


def kind(
    group: str, *, undecidable: bool = False, is_fresh: bool = False
) -> Callable[[Callable[["Draw"], Episode]], Callable[["Draw"], Episode]]:
    """Registers a kind; every second one of a group is held out."""

    def register(make: Callable[["Draw"], Episode]) -> Callable[["Draw"], Episode]:
        before = sum(known.group == group and known.half != FRESH for known in KINDS)
        half = FRESH if is_fresh else HELD_OUT if before % 2 else TUNING
        KINDS.append(Kind(make.__name__, group, make, half, undecidable))
        return make

    return register


@dataclass(frozen=True)
class Circumstances:
    """What may be missing around all episodes: knowledge of the recipient's mail exchanger, and https."""

    are_exchangers_known: bool = True
    is_http: bool = False


AS_DRAWN = Circumstances()


def episodes(of: Kind, seed: int, count: int, around: Circumstances = AS_DRAWN) -> list[Episode]:
    """So many episodes of the kind. The same seed gives the same episodes."""
    rng = Random(zlib.crc32(f"{of.name}/{seed}".encode()))
    return [of.make(Draw(rng, around)) for _ in range(count)]


class Draw:
    """The circumstances of one random episode."""

    def __init__(self, rng: Random, around: Circumstances) -> None:
        self.rng, self._around = rng, around
        self.https = rng.random() < 0.93 and not around.is_http
        self.live = rng.random() < 0.85
        self.scans = rng.choices((True, False, None), (45, 25, 30))[0]
        self.is_sent_known = rng.random() < 0.97

    def mail(self, **facts: object) -> Mail:
        """The message, in these circumstances."""
        if not self._around.are_exchangers_known:
            facts["scans"] = None
        return Mail(**{"scans": self.scans, "is_https": self.https, "is_live": self.live, "is_sent_known": self.is_sent_known} | facts)

    def between(self, low: float, high: float) -> float:
        """A number between two."""
        return self.rng.uniform(low, high)

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def reading(self, median: float = 2400) -> float:
        """When a person opens a mail: minutes to days after sending, by the median in seconds."""
        return max(8.0, self.rng.lognormvariate(0, 1.6) * median)

    def scanning(self) -> float:
        """When a scanner comes after sending: the distribution of 836 bursts in putyourlightson/craft-campaign#546."""
        low, high = self.rng.choices(((0.5, 10), (10, 20), (20, 60), (60, 300), (300, 1800), (1800, 7200)), (0.5, 2.2, 66, 28, 1.9, 0.7))[0]
        return self.between(low, high)

    def person(self, made=None, address: str | None = None) -> Client:
        """A person at an address of no list; one in ten behind a web gateway."""
        home = gateway(self.rng) if self.chance(0.1) else unlisted(self.rng)
        return person(self.rng, address or home, https=self.https, made=made)

    def reads(self, mail: Mail, at: float, client: Client) -> None:
        """The pixel of a person's open, through one of the usual mail programs."""
        agent = self.rng.choice((GMAIL, YAHOO, OUTLOOK, THUNDERBIRD, APPLE_MAIL, client.agent, ""))
        if agent == client.agent:
            mail.open(at, client)
        elif agent:
            mail.open(at, reader(agent, "66.249.84.12" if agent == GMAIL else client.address))

    def browses(self, mail: Mail, click: str, at: float, client: Client, *, url: str = SITE) -> str | None:
        """A person looks at the page: nineteen of twenty touch it. Returns the visitor; None where no snippet saw it."""
        if not self.live or url != SITE:
            return None
        stay = self.between(6, 90)
        if self.chance(0.05):
            return mail.visit(click, at + self.between(0.4, 2.5), client, stay=stay, inputs=0)
        pages = ("/", *self.rng.sample(("/product", "/pricing", "/about", "/docs"), self.rng.choice((0, 0, 1, 1, 2))))
        first = min(self.between(0.8, 9), stay * 0.8)
        return mail.visit(
            click, at + self.between(0.4, 2.5), client, pages=pages, stay=stay, inputs=self.rng.randint(2, 60), first_input=first
        )

    def follows(self, mail: Mail, at: float, client: Client, link: int | None = None) -> str:
        """A person follows a link, usually to the company's site, and looks at the page. Returns the click."""
        url = SITE if self.chance(0.85) else OTHER_SITE
        click = mail.click(at, client, link or self.rng.randint(1, 4), url=url)
        self.browses(mail, click, at, client, url=url)
        return click

    def person_later(self, mail: Mail, after: float, made=None) -> None:
        """A person reads the mail and follows a link at some time after this one."""
        at, client = after + self.reading(1200), self.person(made)
        self.reads(mail, at, client)
        self.follows(mail, at + self.between(3, 90), client)

    def sweeps(self, mail: Mail, at: float, client: Client | list[Client], links: int = 6, span: float = 0.8, **more: object) -> list[str]:
        """All links in one sweep that takes `span` seconds, by one client or several in turn."""
        clients = client if isinstance(client, list) else [client]
        order = self.rng.sample(range(1, links + 1), links)
        moments = sorted(at + self.between(0, span) for _ in order)
        return [
            mail.click(when, clients[n % len(clients)], link, **more) for n, (link, when) in enumerate(zip(order, moments, strict=True))
        ]

    def lingers(self, mail: Mail, click: str, at: float, client: Client, share: float = 1.0) -> None:
        """A scanner's browser runs the page without touching it."""
        if self.live and client.cause is Cause.MACHINE and self.chance(share):
            mail.visit(click, at + self.between(0.3, 3), client, stay=self.between(2, 20), inputs=0)

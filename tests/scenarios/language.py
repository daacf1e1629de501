"""The language of scenarios: a message, and the requests that follow it, each with its true cause.

`Mail` records one; `Episode` is the result. Times are seconds after the message was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from tracker.rules.verdicts.evidence import ScanProfile

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""When every message of the corpus was sent."""
SITE, OTHER_SITE = "https://www.acme.test", "https://files.other.test"
"""The company's own site, where the snippet runs, and one without it."""


class Cause(StrEnum):
    """What truly sent a request."""

    PERSON = "person"
    MACHINE = "machine"


class Expected(StrEnum):
    """What must follow from the requests of a client."""

    LOUD = "loud"
    """A loud alert of their own, and a person's verdict at the end."""
    SILENT = "silent"
    """No loud alert."""
    UNSURE_ALLOWED = "unsure_allowed"
    """A person may be left unsure, but is never called a machine; a machine may be left unsure, but never alerts loudly."""


class Act(StrEnum):
    """What a request was."""

    OPEN = "open"
    CLICK = "click"
    HEAD = "head"
    REFUSED = "refused"
    VIEW = "view"
    HEARTBEAT = "heartbeat"
    SUBMIT = "submit"
    DOWNLOAD = "download"


@dataclass(frozen=True, kw_only=True)
class Client:
    """A program that sends requests."""

    cause: Cause
    agent: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    window: frozenset[str] = frozenset()
    """What the snippet notices in its window, as `webdriver`."""
    expected: Expected | None = None

    @property
    def expectation(self) -> Expected:
        """What must follow: by default a person's requests alert and a machine's do not."""
        return self.expected or (Expected.LOUD if self.cause is Cause.PERSON else Expected.SILENT)

    def but(self, **changes: object) -> "Client":
        """The same client with these changes; `headers` replace the former."""
        return replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request, `at` seconds after sending."""

    id: str
    act: Act
    at: float
    client: Client
    headers: Mapping[str, str] = field(default_factory=dict)
    link: int = 0
    url: str | None = None
    signs: tuple[str, ...] = ()
    click: str | None = None
    """The click whose landing token the page carries."""
    visitor: str = ""
    page: str | None = None
    inputs: int | None = None
    """Trusted inputs of the page so far; None where the snippet does not report them."""

    @property
    def is_event(self) -> bool:
        """Whether it is stored as an event of its own."""
        return self.act not in (Act.HEAD, Act.REFUSED, Act.HEARTBEAT)

    @property
    def is_loud(self) -> bool:
        """Whether a loud alert may follow from it: opens alert quietly."""
        return self.is_event and self.act is not Act.OPEN


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One message and everything that reached us about it."""

    name: str
    steps: tuple[Step, ...]
    source: str = ""
    is_sent_known: bool = True
    scans: bool | None = None
    """Whether the recipient's mail exchanger is known to scan."""
    profile: ScanProfile | None = None
    is_https: bool = True
    is_live: bool = True
    """Whether the snippet on the company's site has reported views lately."""
    is_demo: bool = False
    rep_addresses: frozenset[str] = frozenset()
    pinned: Mapping[str, str] = field(default_factory=dict)


class Mail:
    """Records an episode, request by request."""

    def __init__(self, **facts: object) -> None:
        self._facts = facts
        self._steps: list[Step] = []
        self._visitors = 0

    def open(self, at: float, client: Client, **more: object) -> str:
        """The pixel is loaded."""
        return self._add(Act.OPEN, at, client, **more)

    def click(self, at: float, client: Client, link: int = 1, *, url: str = SITE, **more: object) -> str:
        """A link is followed."""
        return self._add(Act.CLICK, at, client, link=link, url=f"{url}/{link}", **more)

    def head(self, at: float, client: Client) -> str:
        """A HEAD request on a link."""
        return self._add(Act.HEAD, at, client)

    def refused(self, at: float, client: Client) -> str:
        """A link with a changed token, which is refused."""
        return self._add(Act.REFUSED, at, client)

    def visit(
        self,
        click: str | None,
        at: float,
        client: Client,
        *,
        pages: tuple[str, ...] = ("/",),
        stay: float = 20,
        inputs: int | None = 0,
        first_input: float = 3,
        signs: tuple[str, ...] = (),
    ) -> str:
        """A browser shows pages, `stay` seconds each, and has `inputs` trusted inputs on each of them. Returns the visitor."""
        self._visitors += 1
        visitor = f"v{self._visitors}"
        shown = tuple(sorted({*signs, *client.window}))
        for number, path in enumerate(pages):
            start = at + number * stay
            page = f"{visitor}-{number}"
            common = {"click": click, "visitor": visitor, "page": page, "signs": shown, "url": f"{SITE}{path}"}
            self._add(Act.VIEW, start, client, inputs=None if inputs is None else 0, **common)
            if inputs and first_input < stay:
                self._add(Act.HEARTBEAT, start + first_input, client, inputs=1, **common)
            self._add(Act.HEARTBEAT, start + stay * 0.95, client, inputs=inputs if first_input < stay else inputs and 0, **common)
        return visitor

    def act(self, act: Act, at: float, client: Client, visitor: str, *, trusted: bool = True, path: str = "/contact") -> str:
        """A form or a download on the last page of a visitor."""
        seen = [s for s in self._steps if s.visitor == visitor][-1]
        signs = (*seen.signs, "trusted") if trusted else seen.signs
        return self._add(act, at, client, visitor=visitor, page=seen.page, click=seen.click, signs=signs, url=f"{SITE}{path}")

    def done(self, name: str, source: str = "", **facts: object) -> Episode:
        """The episode, its steps in order of time."""
        steps = tuple(sorted(self._steps, key=lambda step: (step.at, step.id)))
        return Episode(name=name, source=source, steps=steps, **{**self._facts, **facts})

    def _add(self, act: Act, at: float, client: Client, **more: object) -> str:
        name = f"s{len(self._steps):03}"
        headers = {**client.headers, **more.pop("headers", {})} if act in (Act.CLICK, Act.HEAD, Act.REFUSED) else more.pop("headers", {})
        if act in (Act.VIEW, Act.SUBMIT, Act.DOWNLOAD):
            headers = {key: value for key, value in client.headers.items() if key.startswith("sec-ch-ua") or key == "accept-language"}
        self._steps.append(Step(id=name, act=act, at=round(at, 3), client=client, headers=headers, **more))
        return name

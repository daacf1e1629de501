"""Written scenarios: the table of them, and the clients that they share."""

from collections.abc import Callable
from random import Random

from tests.scenarios import browsers
from tests.scenarios.addresses import listed, unlisted
from tests.scenarios.browsers import NEWEST, person, sandbox
from tests.scenarios.language import Client, Episode, Mail
from tracker.rules.verdicts.networks import NetworkClass

RNG = Random(17)
HOME, OFFICE, ELSEWHERE = unlisted(RNG), unlisted(RNG), unlisted(RNG)
EOP = listed(RNG, NetworkClass.EOP)
AZURE = listed(RNG, NetworkClass.CLOUD, "Microsoft Azure")
AMAZON = listed(RNG, NetworkClass.CLOUD, "Amazon AWS")
GOOGLE = "66.249.84.12"
MIMECAST = listed(RNG, NetworkClass.MAIL_SECURITY, "Mimecast")
PROOFPOINT = listed(RNG, NetworkClass.MAIL_SECURITY, "Proofpoint")
TREND_MICRO = listed(RNG, NetworkClass.MAIL_SECURITY, "Trend Micro")
RELAY = listed(RNG, NetworkClass.RELAY)

CHROME = person(Random(1), HOME, made=browsers.chrome)
EDGE = person(Random(2), OFFICE, made=browsers.edge)
FIREFOX = person(Random(3), HOME, made=browsers.firefox)
SAFARI = person(Random(4), HOME, made=browsers.safari)
IPHONE = person(Random(5), ELSEWHERE, made=browsers.iphone)
ANDROID = person(Random(6), ELSEWHERE, made=browsers.android)


def scanner(address: str, version: int = NEWEST - 20, **more: object) -> Client:
    """A scanner that shows itself as Chrome on Windows."""
    return sandbox(Random(0), address, version, **more)


SCENARIOS: dict[str, Episode] = {}
SPARED: dict[str, list[tuple[str, Episode]]] = {}
"""By reason: scenarios in which it must not hit a person (or must not excuse a machine, where it speaks for a person)."""

Written = Callable[[], Mail]


def scenario(source: str, **facts: object) -> Callable[[Written], Written]:
    """Registers a scenario under the name of its function; its docstring has the numbers of the source."""

    def register(make: Written) -> Written:
        SCENARIOS[make.__name__] = make().done(make.__name__, f"{source}: {make.__doc__}", **facts)
        return make

    return register


def spares(*reasons: str, source: str = "docs/verdicts.md", **facts: object) -> Callable[[Written], Written]:
    """Registers a scenario in which these reasons must not speak of the client under test."""

    def register(make: Written) -> Written:
        scenario(source, **facts)(make)
        for reason in reasons:
            SPARED.setdefault(reason, []).append((make.__name__, SCENARIOS[make.__name__]))
        return make

    return register

"""Browser and system names from user agent strings. Cached, because parsing one takes two milliseconds."""

from dataclasses import dataclass
from functools import lru_cache

from user_agents import parse


@dataclass(frozen=True, slots=True)
class Device:
    """`name` is, for example, `Chrome on Windows`; empty if the user agent is unknown."""

    name: str
    is_phone: bool


@lru_cache(maxsize=2048)
def device_of(agent: str) -> Device:
    """The device that a user agent string describes."""
    found = parse(agent[:512])
    browser, system = found.browser.family, found.os.family
    known = [name for name in (browser.removeprefix("Mobile ").removesuffix(" Mobile"), system) if name and name != "Other"]
    return Device(" on ".join(known).replace("Mac OS X", "Mac"), is_phone=found.is_mobile)

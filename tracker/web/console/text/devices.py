"""What a lead browsed with, in a few words. Cached by agent string, since parsing one takes two milliseconds."""

from dataclasses import dataclass
from functools import lru_cache

from user_agents import parse


@dataclass(frozen=True, slots=True)
class Device:
    """`words`, for example `Chrome on Windows`; empty where the agent does not say."""

    words: str
    is_phone: bool


@lru_cache(maxsize=2048)
def device_of(agent: str) -> Device:
    """The device behind an agent string, which may be anything."""
    found = parse(agent[:512])
    browser, system = found.browser.family, found.os.family
    known = [name for name in (browser.removeprefix("Mobile ").removesuffix(" Mobile"), system) if name and name != "Other"]
    return Device(" on ".join(known).replace("Mac OS X", "Mac"), is_phone=found.is_mobile)

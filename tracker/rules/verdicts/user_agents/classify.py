"""The classification of a user agent, as text. Pure; repeated agents are answered from a bounded cache."""

import functools

from tracker.rules.verdicts.user_agents.agent import Agent, AgentKind
from tracker.rules.verdicts.user_agents.browsers import browser_of
from tracker.rules.verdicts.user_agents.general_signs import named_sign
from tracker.rules.verdicts.user_agents.pattern_set import PatternSet, pattern
from tracker.rules.verdicts.user_agents.robots import shipped_robots
from tracker.rules.verdicts.user_agents.signatures import SIGNATURES, STRIPPED_WEBKIT

LONGEST = 512
"""Characters that are looked at, as many as the edge keeps."""
_MOST_KNOWN = 8192

_SIGNATURES = PatternSet(signature.pattern for signature in SIGNATURES)
_STRIPPED = pattern(STRIPPED_WEBKIT)
_ELECTRON = pattern(r"\belectron/\d")
"""A desktop app with a browser of its own: it has the name of its link previewer, and people use it."""
_FAKED = frozenset({AgentKind.MAIL_PROGRAM, AgentKind.OFFICE})
"""Kinds that are a robot's if the agent also shows a robot's sign: a crawler may be based on a mail program."""
_UNPRINTABLE = dict.fromkeys((*range(32), 127), " ") | dict.fromkeys(range(55296, 57344))


def agent_of(text: str) -> Agent:
    """The agent that a request sent. Never raises; linear in the first 512 characters."""
    return _classified(text[:LONGEST].translate(_UNPRINTABLE).strip())


@functools.lru_cache(maxsize=_MOST_KNOWN)
def _classified(text: str) -> Agent:
    if not text:
        return Agent(AgentKind.NONE, "no_agent")
    kind, name, expression = _kind_of(text)
    browser = browser_of(text)
    return Agent(
        kind=kind,
        name=name,
        pattern=expression,
        family=browser.family,
        major=browser.major,
        is_desktop=browser.is_desktop,
        is_legacy=browser.is_legacy,
    )


def _kind_of(text: str) -> tuple[AgentKind, str, str]:
    index = _SIGNATURES.first(text)
    if index is not None and not (SIGNATURES[index].kind is AgentKind.PREVIEWER and _ELECTRON.search(text)):
        signature = SIGNATURES[index]
        sign = named_sign(text) if signature.kind in _FAKED else ""
        return (AgentKind.ROBOT, sign, "") if sign else (signature.kind, signature.name, "")
    if _STRIPPED.search(text):
        return AgentKind.STRIPPED_WEBKIT, "stripped_webkit", ""
    robot = shipped_robots().sign(text)
    if robot:
        return AgentKind.ROBOT, robot.name, robot.pattern
    return AgentKind.BROWSER, "browser", ""

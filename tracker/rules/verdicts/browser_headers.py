"""What the headers of a navigation say of the browser that the agent names. Pure; read by `request`.

Chrome sends `Sec-Fetch-*` from 80 on, Firefox from 90, Safari from 16.4; Safari never sends `Sec-Fetch-User` (MDN browser-compat-data,
webkit.org/b/247697). None does over plain http. Every browser on iOS is WebKit, whatever its name.
"""

import re
from collections.abc import Mapping

from tracker.rules.verdicts.user_agents.agent import Agent, AgentKind

_CHROMIUM = frozenset({"chrome", "edge", "opera", "samsung"})
_FETCH_METADATA_SINCE = {"firefox": 90, "safari": 17}
"""First major versions that always send `Sec-Fetch-*`; Chromium by its engine."""
_CHROMIUM_SINCE = 80
_ENGINE = re.compile(r"\bChrome/(\d{1,4})")
_BRAND = re.compile(r'"(?:Chromium|Google Chrome|HeadlessChrome|Microsoft Edge)";v="(\d+)')


def chromium_version(agent: Agent, text: str) -> int | None:
    """The major version of the engine, of a browser that is Chromium; None of any other, as Chrome on iOS."""
    found = _ENGINE.search(text) if agent.family in _CHROMIUM else None
    return int(found[1]) if found else None


def expects_fetch_metadata(agent: Agent, text: str) -> bool:
    """Whether that browser says `Sec-Fetch-Mode` over https."""
    if agent.family in _CHROMIUM:
        version = chromium_version(agent, text)
        return version is not None and version >= _CHROMIUM_SINCE
    since = _FETCH_METADATA_SINCE.get(agent.family)
    is_ios_other = agent.family == "firefox" and "FxiOS/" in text
    return since is not None and agent.major is not None and agent.major >= since and not is_ios_other


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether a page is asked for, as when a person follows a link. Headers that were not kept are no sign."""
    if "sec-fetch-mode" in headers:
        return headers["sec-fetch-mode"] == "navigate"
    # A program that passes a person's click on may ask for anything; without a language it is no browser's request.
    return "text/html" in headers.get("accept", "text/html").lower() or "accept-language" in headers


def is_as_sent_by(agent: Agent, text: str, headers: Mapping[str, str], *, is_https: bool) -> bool:
    """Whether the headers are those that this browser sends with a navigation."""
    if agent.kind is not AgentKind.BROWSER or not agent.family or "accept-language" not in headers or not is_navigation(headers):
        return False
    return "sec-fetch-mode" in headers or not (is_https and expects_fetch_metadata(agent, text))


def is_headless(headers: Mapping[str, str]) -> bool:
    """Headless Chrome by its client hints."""
    return "headless" in headers.get("sec-ch-ua", "").lower()


def is_webkit(agent: Agent, text: str) -> bool:
    """Whether the agent names a browser on iOS, or Safari: WebKit, whatever its name."""
    return agent.family == "safari" or "iPhone" in text or "iPad" in text


def is_true_webkit(agent: Agent, text: str, headers: Mapping[str, str]) -> bool:
    """WebKit with the headers that only it sends. Scanners run Chromium, which shows itself under any other name."""
    return is_webkit(agent, text) and "sec-fetch-mode" in headers and is_navigation(headers) and not _is_chromium_inside(headers)


def _is_chromium_inside(headers: Mapping[str, str]) -> bool:
    return "sec-fetch-user" in headers or "sec-ch-ua" in headers


def contradicts_agent(agent: Agent, text: str, headers: Mapping[str, str]) -> bool:
    """Whether headers are another browser's: client hints of another version, or Chromium's own under the name of WebKit or Firefox."""
    if is_webkit(agent, text) and _is_chromium_inside(headers):
        return True
    if agent.family == "firefox" and "sec-ch-ua" in headers:
        return True
    versions = {int(found) for found in _BRAND.findall(headers.get("sec-ch-ua", ""))}
    engine = chromium_version(agent, text)
    return bool(versions) and agent.family == "chrome" and engine is not None and engine not in versions

"""Landing: the parameter that carries a landing token to the company's site, and its removal from addresses that are stored.

The same parameter carries `v.<visitor>.<time>` between the origins of one site. The snippet removes both from the address bar
(web/edge/snippet/landing.js); what still arrives with one, such as a referrer, is stored without it.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_plus

PARAMETER = "ll"
"""The parameter's name, where a site has no other."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\Z")
"""A name that a site may choose."""

_VALUE = r"(?:[\w-]{40,}\.[\w-]{43}|v\.[\w-]{8,64}\.\d{13})"


def with_landing(url: str, token: str, parameter: str = PARAMETER) -> str:
    """The URL with `ll=<token>` at the end of its query, before the fragment; every other byte stays.

    Unchanged if the site has no parameter (empty), or the query has one of this name, which means something else to the site.
    """
    rest, mark, fragment = url.partition("#")
    _, question, query = rest.partition("?")
    if not parameter or any(unquote_plus(part.partition("=")[0]) == parameter for part in query.split("&")):
        return url
    joint = "" if question and (not query or query.endswith("&")) else "&" if question else "?"
    return f"{rest}{joint}{parameter}={token}{mark}{fragment}"


def without_landing(text: str, parameter: str = PARAMETER) -> str:
    """The address without landing tokens and handed-over names, also where it is part of another one (`next=%2Fp%3Fll%3D…`)."""
    if "=" not in text and "%3" not in text:
        return text
    pattern = _pattern(parameter)
    while (found := pattern.search(text)) is not None:
        text = text[: found.start()] + (found[1] if found[2] else "") + text[found.end() :]
    return text


@lru_cache(maxsize=256)
def _pattern(parameter: str) -> re.Pattern[str]:
    names = "|".join(sorted({re.escape(name) for name in (PARAMETER, parameter) if name}))
    return re.compile(rf"([?&#]|%3F|%26)(?:{names})(?:=|%3D){_VALUE}(?:(?!%26)[^&#])*(&|%26)?", re.IGNORECASE | re.ASCII)

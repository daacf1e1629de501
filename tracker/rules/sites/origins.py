"""Origins of a site: which texts can be one, and the address with or without `www.`. Pure."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from tracker.base.errors import Invalid
from tracker.links import urls

FIELD = "origins"
_LONGEST = 253
_EXAMPLE = "such as https://www.example.com"
_LOOSE = re.compile(r"[^/?#\s:]+\.[^/?#\s:]+(:\d+)?(/.*)?", re.DOTALL)
_LOCAL = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:\d+)?/?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.IGNORECASE)
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"})
"""Labels under which countries register names: example.co.uk is a domain itself."""


def checked_origin(text: str) -> str:
    """The origin as browsers send it. Raises Invalid (field `origins`) for a text that no page's origin can match.

    A slash at the end is left out. `http` is allowed, since browsers send it: on a server of the own network, and where a site has no https.
    """
    found = text.strip()
    shown = f"“{found[:100]}”"
    scheme, separator, rest = found.partition("://")
    if not separator:
        raise _refused(shown, _without_scheme(found))
    if scheme.lower() not in ("http", "https"):
        raise _refused(shown, f"starts with {scheme[:20]}://. Only pages of a web server report visits: use an address {_EXAMPLE}.")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if "*" in authority:
        raise _refused(shown, "has a wildcard. List each address of the site, one per line.")
    if "@" in authority:
        raise _refused(shown, "has a user name. Leave out what stands before the @.")
    if rest[len(authority) :] not in ("", "/"):
        raise _refused(shown, f"names a page. Enter only the beginning: {scheme.lower()}://{authority}")
    _check_host(shown, found)
    return urls.origin(found)


def with_scheme(text: str) -> str:
    """What a person typed, with https:// in front where only that is missing, and http:// for this machine. Other texts stay."""
    found = text.strip()
    if _LOCAL.fullmatch(found):
        return f"http://{found}"
    return f"https://{found}" if "://" not in found and _LOOSE.fullmatch(found) else found


def page_origin(text: str) -> str:
    """The beginning of the address of a page that a person typed or pasted, for `checked_origin`."""
    found = with_scheme(text)
    scheme, separator, rest = found.partition("://")
    return f"{scheme}{separator}{re.split(r'[/?#]', rest, maxsplit=1)[0]}"


def _without_scheme(text: str) -> str:
    if text.lower() == "null":
        return "is what browsers send for local files and sandboxed frames. Anyone can send it, so it cannot be an address of your site."
    if _LOOSE.fullmatch(text):
        return f"must begin with https:// or http://, such as https://{text.partition('/')[0]}"
    return f"must be an address {_EXAMPLE}."


def _check_host(shown: str, url: str) -> None:
    """Raises Invalid if host or port is not valid."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused(shown, f"has no valid name or port. Use an address {_EXAMPLE}.") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise _refused(shown, "has no valid port. Leave it out, or use one from 1 to 65535.")
    origin = urls.origin(url)
    name = urlsplit(origin).hostname or ""
    if not origin or len(name) > _LONGEST or not _is_host(name):
        raise _refused(shown, f"has no valid name. Use an address {_EXAMPLE}.")
    if host.endswith("."):
        raise _refused(shown, "ends with a dot. Leave the dot out.")


def _is_host(name: str) -> bool:
    if ":" in name or re.fullmatch(r"[0-9.]+", name):
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
    labels = name.removesuffix(".").split(".")
    return all(len(label) < 64 and _LABEL.fullmatch(label) for label in labels)  # noqa: PLR2004 - the limit of DNS


def _refused(shown: str, why: str) -> Invalid:
    return Invalid(FIELD, f"{shown} {why}")


def counterpart(origin: str) -> str:
    """The same address with `www.`, or without it; empty where sites have no such second address (subdomains, numbers, local names)."""
    scheme, _, rest = origin.partition("://")
    host = rest.partition(":")[0]
    labels = host.split(".")
    if host.startswith("www.") and len(labels) > 2:  # noqa: PLR2004 - www, name and ending
        return f"{scheme}://{rest.removeprefix('www.')}"
    if labels[0] == "www":
        return ""
    is_domain = len(labels) == 2 or (len(labels) == 3 and labels[1] in _SECOND_LEVEL and len(labels[2]) == 2)  # noqa: PLR2004 - as above
    return f"{scheme}://www.{rest}" if is_domain and not labels[-1].isdigit() else ""


def offers_for(origins: tuple[str, ...], ignored: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The addresses with or without `www.` that the site does not have yet."""
    found = dict.fromkeys(filter(None, map(counterpart, origins)))
    return tuple(one for one in found if one not in origins and one not in ignored)

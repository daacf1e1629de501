"""SPF records as terms, and macros in them (RFC 7208, 4.6, 5, 6 and 7). Pure."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote

from tracker.base.network.allowed_addresses import Address

_MECHANISM = re.compile(r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?=[:/]|$)(.*)", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE)
_CIDR = re.compile(r"(?:/(\d{1,3}))?(?://(\d{1,3}))?$")
_MACRO = re.compile(r"%(?:\{([slodiphcrtv])(\d{0,3})(r?)([.\-+,/_=]*)\}|([%_-])|(.?))", re.IGNORECASE)
_LITERALS = {"%": "%", "_": " ", "-": "%20"}
_BITS4, _BITS6 = 32, 128


class BadSpf(ValueError):
    """The record breaks the syntax; the text names the term."""


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """One mechanism, or the modifier `redirect`."""

    name: str
    qualifier: str = "+"
    target: str = ""
    """The domain, or the network of `ip4` and `ip6`; empty: the domain itself."""
    bits4: int = _BITS4
    bits6: int = _BITS6


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse_spf(text: str) -> list[SpfTerm]:
    """The terms in order, `redirect` last where it applies. Raises BadSpf."""
    terms: list[SpfTerm] = []
    modifiers: dict[str, str] = {}
    for word in text.split(" ")[1:]:
        if not word:
            continue
        if found := _MECHANISM.fullmatch(word):
            terms.append(_mechanism(word, *found.groups()))
        elif found := _MODIFIER.fullmatch(word):
            name = found[1].lower()
            if name in modifiers and name in ("redirect", "exp"):
                raise BadSpf(word)
            modifiers[name] = found[2]
        else:
            raise BadSpf(word)
    if "redirect" in modifiers and not any(term.name == "all" for term in terms):
        if not modifiers["redirect"]:
            raise BadSpf("redirect=")
        terms.append(SpfTerm("redirect", target=modifiers["redirect"]))
    return terms


def _mechanism(word: str, qualifier: str, name: str, rest: str) -> SpfTerm:
    name, qualifier = name.lower(), qualifier or "+"
    if name == "all":
        if rest:
            raise BadSpf(word)
        return SpfTerm(name, qualifier)
    if name in ("ip4", "ip6"):
        _network(word, name, rest.removeprefix(":"))
        return SpfTerm(name, qualifier, rest.removeprefix(":"))
    target, bits4, bits6 = rest, _BITS4, _BITS6
    if name in ("a", "mx") and (found := _CIDR.search(rest)):
        target = rest[: found.start()]
        bits4, bits6 = int(found[1] or _BITS4), int(found[2] or _BITS6)
        if bits4 > _BITS4 or bits6 > _BITS6:
            raise BadSpf(word)
    if (target and not target.startswith(":")) or target == ":" or (not target and name in ("include", "exists")):
        raise BadSpf(word)
    return SpfTerm(name, qualifier, target.removeprefix(":"), bits4, bits6)


def _network(word: str, name: str, text: str) -> None:
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadSpf(word) from None
    if found.version != (4 if name == "ip4" else 6):
        raise BadSpf(word)


def expand_macros(text: str, *, domain: str, address: Address, sender: str = "postmaster", origin: str = "") -> str:
    """The text with its macros replaced (RFC 7208, 7). `origin` is the sender's domain. Raises BadSpf."""
    origin = origin or domain
    values = {
        "s": f"{sender}@{origin}",
        "l": sender,
        "o": origin,
        "d": domain,
        "i": _dotted(address),
        "p": "unknown",
        "v": "in-addr" if address.version == 4 else "ip6",  # noqa: PLR2004 - the version of IP
        "h": origin,
    }

    def replaced(found: re.Match[str]) -> str:
        letter, digits, is_reversed, delimiters, literal, _ = found.groups()
        if literal:
            return _LITERALS[literal]
        if not letter or letter.lower() not in values or digits == "0":
            raise BadSpf(text)
        parts = re.split("[" + re.escape(delimiters or ".") + "]", values[letter.lower()])
        parts = parts[::-1] if is_reversed else parts
        value = ".".join(parts[-int(digits) :] if digits else parts)
        return quote(value, safe="") if letter.isupper() else value

    return _MACRO.sub(replaced, text)


def _dotted(address: Address) -> str:
    if address.version == 4:  # noqa: PLR2004 - the version of IP
        return str(address)
    return ".".join(address.exploded.replace(":", ""))

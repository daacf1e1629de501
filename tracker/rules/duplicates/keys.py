"""Keys by which leads that may be the same person are looked up: two of them share at least one. Pure; `compare` decides.

Stored with each lead and indexed, so they are cheap: a phone number counts by its last digits, which every way to write it has.
"""

import re
import unicodedata
from functools import lru_cache

ADDRESS, PHONE, COLLEAGUE, NAME = "e", "t", "n", "f"
"""The kinds of keys: the address without hints, the end of the number, company with a part of the name, the whole name."""
_PHONE_DIGITS = 6
_FEWEST_DIGITS = 5
_MOST_PARTS = 5
_LONGEST = 80
_EXTENSION = re.compile(r"(?:;ext=|\bext(?:ension)?\.?|\bx|#)\s*\d{1,6}\s*$", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_GMAIL = ("gmail.com", "googlemail.com")
_TITLES = frozenset(
    "dr prof professor mr mrs ms miss mx sir herr frau hr fr mme mlle m monsieur madame sig signor signora sra dott dra ing dipl mag".split()  # noqa: SIM905 - words
)
_LEGAL = frozenset(
    "gmbh ag kg ohg ug kgaa mbh co inc incorporated corp corporation company llc llp ltd limited plc sa sas sarl srl spa bv nv oy ab as aps lda ltda se the".split()  # noqa: SIM905 - words
)


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text[:400].replace(".", "")).casefold()
    return tuple(_WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))


def name_words(name: str) -> tuple[str, ...]:
    """The words of a person's name without titles; of a name that is an address: none."""
    return () if "@" in name else tuple(word for word in words_of(name) if word not in _TITLES)


def company_words(company: str | None) -> tuple[str, ...]:
    """The words of a company's name without its legal form."""
    found = words_of(company or "")
    return tuple(word for word in found if word not in _LEGAL) or found


def plain_address(email: str) -> str:
    """The address without what mail services ignore: `+tag`, and dots at Gmail. Only a hint: other services deliver these elsewhere."""
    local, _, host = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '')}@gmail.com" if host in _GMAIL else f"{local}@{host}"


def digits_of(phone: str | None) -> str:
    """The digits of a number without its extension; ASCII ones in place of others."""
    plain = unicodedata.normalize("NFKC", phone or "")
    return "".join(str(unicodedata.digit(one)) for one in _EXTENSION.sub("", plain) if one.isdigit())


def duplicate_keys(email: str, name: str, company: str | None, phone: str | None) -> list[str]:
    """The keys of a person, each once."""
    found = [f"{ADDRESS}:{plain_address(email)}"] if "@" in email else []
    digits = digits_of(phone)
    if len(digits) >= _FEWEST_DIGITS:
        found.append(f"{PHONE}:{digits[-_PHONE_DIGITS:]}")
    words, firm = name_words(name)[:_MOST_PARTS], company_words(company)
    if len(words) > 1:
        found.append(f"{NAME}:{' '.join(sorted(words))}")
    if firm:
        found += [f"{COLLEAGUE}:{firm[0]} {word}" for word in words if len(word) > 1]
    return list(dict.fromkeys(key[:_LONGEST] for key in found))

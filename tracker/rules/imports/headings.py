"""Headings of imported files: which field of a lead a column holds. Pure.

Compared without case, accents, punctuation and numbering, in English, German, French, Spanish, Italian, Portuguese and Dutch, with the
headings of Google Contacts, HubSpot, Salesforce, Pipedrive, Outlook and Mailchimp.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from tracker.rules.imports.heading_words import WORDS

CUSTOM = "fields."
SKIPPED = ""
"""A column that is not imported."""
HISTORY = frozenset(
    {"call", "call_date", "meeting", "meeting_date", "touch", "touch_date", "inquiry", "inquiry_date", "note_date"}
    | {"sale_amount", "sale_currency", "sale_date", "sale_product"}
)
"""Fields of records with their own dates."""
_NEEDS = {
    "sale_currency": "sale_amount",
    "sale_date": "sale_amount",
    "sale_product": "sale_amount",
    "stage_date": "stage",
    "note_date": "note",
}
"""Fields that say nothing without another one."""
REPEATABLE = frozenset({"email", "phone", "note", "tags", "opted_out", "company", "job_title"}) | HISTORY
"""Fields that several columns may hold: the first value counts, the others are kept as custom fields."""
_OF_OURS = frozenset({"line", "problem"})
"""Columns added by the error file of an import."""
_NUMBERING = re.compile(r"^\s*[(\[#]?\d{1,3}\s*[.):\]-]\s*|^\s*[a-zA-Z][.)]\s+")
_MARKS = re.compile(r"\((?:required|optional|pflichtfeld|obligatoire|obligatorio|obbligatorio|obrigatorio|verplicht)\)", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"\d+")
_LONGEST = 60
_FIELD_OF = {spelling: field for field, spellings in WORDS.items() for spelling in spellings.split()}


def heading_key(title: str) -> str:
    """What of a heading is compared: `1. E-Mail-Adresse*` and `e_mail adresse` are equal."""
    plain = _NUMBERING.sub("", _MARKS.sub("", title), count=1) if not _BARE_NUMBER.fullmatch(title.strip()) else title
    decomposed = unicodedata.normalize("NFKD", plain).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())


def field_of(title: str) -> str | None:
    """The field that the heading names; None for any other heading."""
    key = heading_key(title)
    found = _FIELD_OF.get(key) or _FIELD_OF.get(_BARE_NUMBER.sub("", key))
    if found is None:  # `Person - Email - Work`, `Contact: Phone`
        parts = [heading_key(part) for part in re.split(r"\s+[-–:/>]\s+|:\s+", title)]
        if len(parts) > 1:
            found = _FIELD_OF.get("".join(parts[1:])) if parts[0] in _PREFIXES else None
    return "phone" if found is None and _is_phone(key) else found


_PHONES = ("telefon", "telephon", "telefoon", "telemovel", "phone", "mobile", "mobil", "movil", "handy", "cellul", "celular", "portable")
_NO_PHONES = (
    "type",
    "typ",
    "tipo",
    "label",
    "fax",
    "ext",
    "status",
    "verif",
    "valid",
    "optin",
    "optout",
    "country",
    "land",
    "consent",
    "app",
)


def _is_phone(key: str) -> bool:
    """Whether the heading begins with a word for a telephone: `Telefono (uff.)`, `Telefoon op werk`."""
    return key.startswith(_PHONES) and not any(word in key for word in _NO_PHONES)


_PREFIXES = frozenset(
    {"person", "contact", "lead", "kontakt", "persona", "pessoa", "persoon", "personne", "contacto", "contato", "contatto"}
)


def guessed(header: Sequence[str]) -> dict[int, str]:
    """The field of each column by its heading; unknown columns become custom fields `fields.NAME`, empty headings none."""
    found: dict[int, str] = {}
    named = _of_companies(header, [field_of(title) for title in header])
    for index, title in enumerate(header):
        field = named[index]
        if field == "job_title" and heading_key(title) == "title" and _has_job_title_besides(header, named):
            field = "prefix"  # Outlook calls the salutation so
        if field == SKIPPED or heading_key(title) in _OF_OURS or not title.strip():
            continue
        if field and (field in REPEATABLE or field not in found.values()):
            found[index] = field
        else:
            found[index] = custom(title)
    alone = [index for index, field in found.items() if field in _NEEDS and _NEEDS[field] not in found.values()]
    return found | {index: custom(header[index]) for index in alone}


_NAMES_OF_COMPANIES = frozenset({"leadname", "customername", "clientname", "kundenname", "customer", "client", "kunde"})


def _of_companies(header: Sequence[str], named: list[str | None]) -> list[str | None]:
    """The fields with `lead_name` and `Customer name` as companies, where another column has the person's name and none the company's."""
    keys = [heading_key(title) for title in header]
    people = any(field in ("name", "first", "last") and key not in _NAMES_OF_COMPANIES for field, key in zip(named, keys, strict=True))
    if not people or "company" in named:
        return named
    return ["company" if field == "name" and key in _NAMES_OF_COMPANIES else field for field, key in zip(named, keys, strict=True)]


def custom(title: str) -> str:
    """The custom field for a heading: `fields.NAME`, with a name that can be stored."""
    name = " ".join("".join(c if c.isprintable() else " " for c in title.replace(".", " ")).split()).lstrip("$ ")[:_LONGEST].strip()
    return f"{CUSTOM}{name or 'Column'}"


def set_key(header: Sequence[str]) -> str:
    """The same text for the same set of headings, by which a choice of columns is remembered."""
    return "\x1f".join(sorted(heading_key(title) for title in header))


def recognised(header: Sequence[str]) -> int:
    """How many of the headings name a field."""
    return sum(field_of(title) is not None for title in header)


def _has_job_title_besides(header: Sequence[str], named: Sequence[str | None]) -> bool:
    return any(field == "job_title" and heading_key(title) != "title" for field, title in zip(named, header, strict=True))


def columns_of(mapping: Mapping[int, str], field: str) -> list[int]:
    """The columns that hold the field, from left to right."""
    return sorted(index for index, one in mapping.items() if one == field)


def with_addresses(mapping: Mapping[int, str], rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """The mapping; where no heading names addresses, the column of the rows in which most cells are addresses."""
    found = dict(mapping)
    if "email" in found.values() or not rows:
        return found
    counts = {
        index: sum(index < len(row) and _ADDRESS.fullmatch(row[index].strip()) is not None for row in rows) for index in range(len(rows[0]))
    }
    best = max(counts, key=lambda index: counts[index], default=0)
    if counts.get(best, 0) * 2 > len(rows):
        found[best] = "email"
    return found


_ADDRESS = re.compile(r"<?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}>?")

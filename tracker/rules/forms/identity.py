"""The identity of a form: the same for every visitor and every load of its page. Pure; called by workers.drain.

Builders and frameworks generate ids, names and addresses anew, with UUIDs, hashes and numbers. These parts are left out.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin

from tracker.base.ids import id_of
from tracker.domain.activity.form import FormField, FormShape
from tracker.rules.page_names import split_url
from tracker.rules.page_paths import path_of

MOST_FIELDS = 30
LONGEST_NAME = 64
"""Characters of the name of a form or of a field."""

_LONGEST_READ = 400
_MOST_FOLDERS = 8
_NOT_FILLED_IN = frozenset({"hidden", "submit", "button", "reset", "image", "fieldset", "output", "object"})
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_BREAK = re.compile(r"[\W_]+")
_HASH = re.compile(r"[a-z]\d++[a-z]|^(?=[a-f]*\d)[0-9a-f]{8,}$")
"""Digits between letters, or hex digits: with more than a few characters, nothing that a person wrote."""
_SHORTEST_HASH = 6


@dataclass(frozen=True, slots=True)
class FormIdentity:
    """What is stable about a form. `path` is empty where the snippet reports fields, because they say more."""

    name: str
    path: str
    fields: tuple[FormField, ...]
    """Without repetitions, in alphabetical order."""
    is_reported: bool
    """Whether the snippet reports fields; older ones do not."""

    def key(self, site: str) -> str:
        """The id of the form on this site."""
        return id_of(site, "form", self.name, self.path, *(f"{one.type}:{one.name}" for one in self.fields), str(self.is_reported))


def others_key(site: str) -> str:
    """The id of the row for all forms beyond the limit of a site."""
    return id_of(site, "form", "others")


def identity_of(url: str | None, target: str | None, shape: FormShape | None) -> FormIdentity:
    """The identity of a form that was sent on the page `url`; `target` is its id, name or address as every snippet reports it."""
    path = path_of(url)
    host = split_url(url or "")[0]
    if shape is None:
        folders = [stem(folder) for folder in path.split("/", _MOST_FOLDERS)[:_MOST_FOLDERS]]
        name, page = _stem_of_target(target or "", own_host=host), "/" + "/".join(filter(None, folders))
        return FormIdentity(name, page, (), is_reported=False)
    target = _absolute(url or "", shape.action)
    action = "" if path_of(target) == path else _stem_of_target(target, own_host=host)
    found = {FormField(_type(one.type), stem(one.name)) for one in shape.fields[:MOST_FIELDS] if _type(one.type) not in _NOT_FILLED_IN}
    fields = tuple(sorted(found, key=lambda one: (one.type, one.name)))
    return FormIdentity(stem(shape.id) or action, "", fields, is_reported=True)


@lru_cache(maxsize=4096)
def stem(text: str) -> str:
    """The words of an id or a name, in lower case and joined by hyphens, without accents, numbers and generated parts."""
    plain = unicodedata.normalize("NFKD", _UUID.sub("-", text[:_LONGEST_READ]))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("ß", "ss")
    parts = _BREAK.split(_HUMP.sub("-", plain).lower())
    words = (re.sub(r"\d+", "", part) for part in parts if not (len(part) >= _SHORTEST_HASH and _HASH.search(part)))
    return "-".join(word for word in words if word)[:LONGEST_NAME].strip("-")


def _absolute(url: str, action: str) -> str:
    """The address that a form on the page sends to; the page itself where it names none."""
    try:
        return urljoin(url, action)
    except ValueError:
        return url


def _stem_of_target(target: str, own_host: str = "") -> str:
    """Of an address only the path, and the host where it is another's: a query differs from visitor to visitor."""
    if "/" not in target:
        return stem(target)
    host, path = split_url(target)
    return stem(f"{host}/{path}" if host != own_host else path)


def _type(text: str) -> str:
    return re.sub(r"[^a-z-]", "", text[:20].lower())
